// Package session is how people prove who they are.
//
//   - Staff sign in with a password (Staff: users, argon2id, bearer tokens, API tokens). There are no cookies on the staff
//     side, so no other web page can use a session.
//   - Customers come by links (Portal). A sign-in link is for ten minutes and one use, bound to the browser that asked for
//     it or typed in as a code of six digits; a pay link opens the payment of some documents and nothing else, until it
//     expires or is revoked. What a sign-in link starts is a Visit, a cookie on the portal.
//   - Throttle bounds how often anybody may try.
//
// Every secret is 256 random bits (a code has six digits, but counts only together with its browser's secret); only
// SHA-256 hashes are stored. Links are journaled, sessions are not.
package session
