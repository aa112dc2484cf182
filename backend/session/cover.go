package session

import "github.com/voldaan/voldaan/backend/books"

// Cover makes the verification of the books include the tables of this package.
func Cover(b *books.Books) {
	b.Cover("session", users.CheckIndexes, sessions.CheckIndexes, tokens.CheckIndexes, links.CheckIndexes, visits.CheckIndexes, comebacks.CheckIndexes)
}
