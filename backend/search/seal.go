package search

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
	"sync"

	index "github.com/blevesearch/bleve_index_api"
)

// Bleve asks two package-level functions how to change what it writes and reads. They know only an id, so the keys of
// all open indexes of the process are kept here by the id that new files get. A key belongs to one generation of one
// index, and goes with it.
var (
	ring    sync.Map // id -> cipher.AEAD
	current sync.Map // "" -> id of the index that is being written
	install sync.Once
)

// errSecond: Bleve's hook does not say for which index a file is.
var errSecond = errors.New("search: this process already writes an index")

// unlock makes an index's key known and lets new files use it. The returned function takes it back.
func unlock(id string, key [32]byte) (lock func(), err error) {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	install.Do(func() { index.WriterHook, index.ReaderHook = writer, reader })
	if _, taken := current.LoadOrStore("", id); taken {
		return nil, errSecond
	}
	ring.Store(id, aead)
	return func() {
		ring.Delete(id)
		current.Delete("")
	}, nil
}

// writer is Bleve's WriterHook. What it seals is bound to the index; which file and place it came from is not known here.
func writer([]byte) (string, func([]byte) []byte, error) {
	id, ok := current.Load("")
	if !ok {
		// Never write in clear because somebody is late.
		return "", nil, errors.New("search: no index is open for writing")
	}
	name, ok := id.(string)
	aead, known := ring.Load(name)
	if !ok || !known {
		return "", nil, errors.New("search: no key for the index")
	}
	c, ok := aead.(cipher.AEAD)
	if !ok {
		return "", nil, errors.New("search: no key for the index")
	}
	return name, func(plain []byte) []byte {
		// The nonce is random and part of the output; a generation stays far below the 2^32 pieces that allows.
		return c.Seal(nil, nil, plain, []byte(name))
	}, nil
}

// reader is Bleve's ReaderHook.
func reader(id string, _ []byte) (func([]byte) ([]byte, error), error) {
	if id == "" {
		return nil, nil // segments in memory, before they are written
	}
	aead, ok := ring.Load(id)
	if !ok {
		return nil, fmt.Errorf("search: a file of index %q, whose key is not here", id)
	}
	c, ok := aead.(cipher.AEAD)
	if !ok {
		return nil, errors.New("search: no key for the index")
	}
	return func(sealed []byte) ([]byte, error) {
		if len(sealed) == 0 {
			return nil, nil
		}
		return c.Open(nil, nil, sealed, []byte(id))
	}, nil
}
