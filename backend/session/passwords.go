package session

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"github.com/voldaan/voldaan/backend/fault"
)

// Cost is what one password check costs. The stored form names the cost it was made with, so that a later, dearer cost
// takes over when its owner signs in the next time.
type Cost struct {
	MemoryKiB uint32
	Passes    uint32
	Threads   uint8
}

// DefaultCost is above the minimum of OWASP and takes about a tenth of a second on an office computer.
func DefaultCost() Cost { return Cost{MemoryKiB: 64 << 10, Passes: 3, Threads: 2} }

const (
	saltBytes = 16
	hashBytes = 32

	// checksAtOnce bounds the memory that sign-ins can take: two checks of 64 MB.
	checksAtOnce = 2

	// MinPassword and MaxPassword bound a password's length in characters and bytes.
	MinPassword = 10
	MaxPassword = 200
)

// Passwords hashes and checks passwords with argon2id, a bounded number at a time.
type Passwords struct {
	cost  Cost
	slots chan struct{}
	dummy func() string // checked where there is no user, so that the answer takes as long; made when first needed
}

// NewPasswords makes a checker.
func NewPasswords(c Cost) *Passwords {
	p := &Passwords{cost: c, slots: make(chan struct{}, checksAtOnce)}
	p.dummy = sync.OnceValue(func() string { return p.hash("nobody has this password") })
	return p
}

// Hash is the stored form of a password ("$argon2id$v=19$m=…,t=…,p=…$salt$hash").
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	if err := p.enter(ctx); err != nil {
		return "", err
	}
	defer p.leave()
	return p.hash(password), nil
}

func (p *Passwords) hash(password string) string {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails: crypto/rand crashes the program instead
	sum := argon2.IDKey([]byte(password), salt, p.cost.Passes, p.cost.MemoryKiB, p.cost.Threads, hashBytes)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.cost.MemoryKiB, p.cost.Passes, p.cost.Threads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(sum))
}

// Check compares a password with a stored form; an empty form takes as long and never fits. stale says that the form was
// made with another cost and should be replaced.
func (p *Passwords) Check(ctx context.Context, stored, password string) (ok, stale bool, err error) {
	if err := p.enter(ctx); err != nil {
		return false, false, err
	}
	defer p.leave()
	known := stored != ""
	if !known {
		stored = p.dummy()
	}
	cost, salt, want, err := parseHash(stored)
	if err != nil {
		return false, false, err
	}
	got := argon2.IDKey([]byte(password), salt, cost.Passes, cost.MemoryKiB, cost.Threads, uint32(len(want)))
	same := subtle.ConstantTimeCompare(got, want) == 1
	return same && known, cost != p.cost, nil
}

func parseHash(s string) (c Cost, salt, sum []byte, err error) {
	bad := fault.New(fault.Integrity, "session.hash", "a stored password cannot be read; set a new one with voldaan user add")
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return c, nil, nil, bad
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.MemoryKiB, &c.Passes, &c.Threads); err != nil {
		return c, nil, nil, bad
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	sum, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(sum) == 0 || c.Passes == 0 || c.Threads == 0 || c.MemoryKiB > 1<<20 {
		return c, nil, nil, bad
	}
	return c, salt, sum, nil
}

func (p *Passwords) enter(ctx context.Context) error {
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fault.Wrap(ctx.Err(), fault.Unavailable, "session.busy", "Too many people are signing in at this moment; please try again.")
	}
}

func (p *Passwords) leave() { <-p.slots }

// common are parts of passwords that everybody tries first, lower case.
var common = []string{"password", "wachtwoord", "passwort", "motdepasse", "welkom", "welcome", "qwerty", "azerty", "letmein", "iloveyou",
	"1234567", "7654321", "abcdefg", "voldaan", "geheim", "football", "voetbal", "princess", "sunshine", "superman", "changeme", "administrator"}

// CheckPassword says what is wrong with a new password. Long ones are good; what everybody tries first, and the owner's
// own name or address, is not.
func CheckPassword(password, name, email string) error {
	n := utf8.RuneCountInString(password)
	if n < MinPassword || len(password) > MaxPassword {
		return fault.Invalidf("session.password_length", "the password has %d characters; expected %d to %d. A few words in a row are easy to remember", n, MinPassword, MaxPassword)
	}
	lower := strings.ToLower(password)
	distinct := map[rune]bool{}
	for _, r := range lower {
		distinct[r] = true
	}
	weak := len(distinct) < 5
	rest := lower
	local, _, _ := strings.Cut(strings.ToLower(email), "@")
	words := append(strings.Fields(strings.ToLower(name)), append(common, local)...)
	slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) }) // the longest first: it may hold the others
	for _, w := range words {
		if len(w) > 3 {
			rest = strings.ReplaceAll(rest, w, "")
		}
	}
	if weak || utf8.RuneCountInString(rest) < 5 {
		return fault.Invalidf("session.password_weak", "this password is one of the first that others would try; a few words in a row are better")
	}
	return nil
}
