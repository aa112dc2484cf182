// Package ident makes the ids of things: 16 bytes, time-ordered, typed, opaque.
//
// The first six bytes are milliseconds since 1970, the next two a counter within the millisecond, the rest random, so
// that ids made by one process sort in the order in which they were made and keys of new records go to the end of a
// table. An id is typed by its Kind: a customer's id cannot be passed where a document's is wanted. In text it is the
// kind's prefix and 26 characters of Crockford's base 32 ("cus_01jd…"). People never see ids.
package ident

import (
	"crypto/rand"
	"encoding/binary"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
)

// Kind names what an id is of. Implementations are empty structs.
type Kind interface {
	// Prefix is two to four lower-case letters, unique among kinds.
	Prefix() string
}

// ID is the id of a thing of kind K. The zero ID means "none".
type ID[K Kind] [16]byte

// IsZero reports whether there is no id.
func (id ID[K]) IsZero() bool { return id == ID[K]{} }

// Bytes is the id as a key: 16 bytes in creation order.
func (id ID[K]) Bytes() []byte { return id[:] }

// String is the id in text; empty for the zero id.
func (id ID[K]) String() string {
	if id.IsZero() {
		return ""
	}
	var k K
	return k.Prefix() + "_" + encode(id)
}

// MarshalText is String.
func (id ID[K]) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText is Parse; the empty text is the zero id.
func (id *ID[K]) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*id = ID[K]{}
		return nil
	}
	v, err := Parse[K](string(b))
	*id = v
	return err
}

// Parse reads the text form. The error never repeats the input: it may be somebody's guess.
func Parse[K Kind](s string) (ID[K], error) {
	var k K
	rest, ok := strings.CutPrefix(s, k.Prefix()+"_")
	if ok {
		if b, ok := decode(rest); ok && b != [16]byte{} {
			return ID[K](b), nil
		}
	}
	return ID[K]{}, fault.NotFoundf("ident.unknown", "there is no such thing here")
}

// FromBytes reads the key form; the length must be 16.
func FromBytes[K Kind](b []byte) (ID[K], error) {
	if len(b) != 16 {
		return ID[K]{}, fault.New(fault.Integrity, "ident.length", "an id of %d bytes is stored where 16 were expected", len(b))
	}
	return ID[K](b), nil
}

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

func encode(b [16]byte) string {
	// 128 bits as 26 groups of five, the first holding only three bits.
	hi, lo := binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
	var out [26]byte
	for i := 25; i >= 0; i-- {
		out[i] = alphabet[lo&31]
		lo = lo>>5 | hi<<59
		hi >>= 5
	}
	return string(out[:])
}

func decode(s string) (b [16]byte, ok bool) {
	if len(s) != 26 || s[0] > '7' {
		return b, false
	}
	var hi, lo uint64
	for i := range len(s) {
		v := strings.IndexByte(alphabet, s[i])
		if v < 0 {
			return b, false
		}
		hi = hi<<5 | lo>>59
		lo = lo<<5 | uint64(v)
	}
	binary.BigEndian.PutUint64(b[:8], hi)
	binary.BigEndian.PutUint64(b[8:], lo)
	return b, true
}

// Source makes ids. It is safe for concurrent use.
type Source struct {
	clock civil.Clock
	rand  io.Reader

	mu   sync.Mutex
	last uint64 // milliseconds<<16 | counter
}

// NewSource makes ids from the clock and the system's random numbers.
func NewSource(c civil.Clock) *Source { return NewSourceFrom(c, rand.Reader) }

// NewSourceFrom makes ids from the clock and the given random bytes: with a fixed clock and reader they repeat.
func NewSourceFrom(c civil.Clock, r io.Reader) *Source { return &Source{clock: c, rand: r} }

// New is the next id of kind K.
func New[K Kind](s *Source) ID[K] { return ID[K](s.next()) }

// After makes every further id sort after those that were made up to t, also when the clock has gone back since.
func (s *Source) After(t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = max(s.last, uint64(t.UnixMilli())<<16|0xffff) //nolint:gosec // no instant of the ledger lies before 1970
}

// Fill gives *id the next id of its kind: for packages that know an id's type but not its Kind.
func Fill[K Kind](s *Source, id *ID[K]) { *id = New[K](s) }

func (s *Source) next() (b [16]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := uint64(s.clock.Now().UnixMilli()) << 16
	if v <= s.last {
		v = s.last + 1
	}
	s.last = v
	binary.BigEndian.PutUint64(b[:8], v)
	if _, err := io.ReadFull(s.rand, b[8:]); err != nil {
		panic("ident: no random numbers: " + err.Error())
	}
	return b
}
