package sealed

import (
	"bytes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"

	"github.com/fxamacker/cbor/v2"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
	"golang.org/x/crypto/chacha20poly1305"

	"github.com/voldaan/voldaan/backend/fault"
)

// Keys is all secret material of one data folder: a Tink keyset that seals values and files, and a root secret from
// which other keys are derived. It is made once and lives wrapped in the data folder (store/keys).
type Keys struct {
	id     [16]byte
	handle *keyset.Handle
	aead   tink.AEAD
	root   [32]byte
}

// material is Keys as bytes.
type material struct {
	Version int      `cbor:"1,keyasint"`
	ID      [16]byte `cbor:"2,keyasint"`
	Keyset  []byte   `cbor:"3,keyasint"` // Tink's binary form
	Root    [32]byte `cbor:"4,keyasint"`
}

const (
	materialVersion = 1
	wrapContext     = "voldaan keys 1"
)

// ErrWrongKey is returned by Unwrap when the wrapping key is not the one, or the wrapped bytes are damaged: the two
// cannot be told apart.
var ErrWrongKey error = &fault.Error{Kind: fault.Integrity, Code: "keys.wrong", Message: "The key does not open this data folder."}

// NewKeys makes the keys of a new data folder.
func NewKeys() (*Keys, error) {
	h, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "keys.new", "No key could be made.")
	}
	k := &Keys{handle: h}
	// crypto/rand does not fail: it ends the program when the system has no random numbers.
	_, _ = rand.Read(k.id[:])
	_, _ = rand.Read(k.root[:])
	return k.ready()
}

func (k *Keys) ready() (*Keys, error) {
	a, err := aead.New(k.handle)
	if err != nil {
		return nil, fault.Wrap(err, fault.Integrity, "keys.keyset", "The keys of the data folder are damaged.")
	}
	k.aead = a
	return k, nil
}

// ID is the database's id: random, not secret, part of what every value is bound to.
func (k *Keys) ID() [16]byte { return k.id }

// Marshal is the keys in clear. Whoever has it can read everything: it goes only where it is encrypted at once.
func (k *Keys) Marshal() ([]byte, error) {
	var b bytes.Buffer
	if err := insecurecleartextkeyset.Write(k.handle, keyset.NewBinaryWriter(&b)); err != nil {
		return nil, fault.Wrap(err, fault.Internal, "keys.marshal", "The keys could not be prepared for saving.")
	}
	return cbor.Marshal(material{Version: materialVersion, ID: k.id, Keyset: b.Bytes(), Root: k.root})
}

// UnmarshalKeys reads what Marshal made.
func UnmarshalKeys(b []byte) (*Keys, error) {
	var m material
	if err := cbor.Unmarshal(b, &m); err != nil || m.Version != materialVersion {
		return nil, fault.Wrap(errors.Join(err), fault.Integrity, "keys.format", "The keys of the data folder are damaged or made by a newer version.")
	}
	h, err := insecurecleartextkeyset.Read(keyset.NewBinaryReader(bytes.NewReader(m.Keyset)))
	if err != nil {
		return nil, fault.Wrap(err, fault.Integrity, "keys.keyset", "The keys of the data folder are damaged.")
	}
	return (&Keys{id: m.ID, handle: h, root: m.Root}).ready()
}

// Wrap encrypts the keys under another key (XChaCha20-Poly1305).
func (k *Keys) Wrap(kek [32]byte) ([]byte, error) {
	plain, err := k.Marshal()
	if err != nil {
		return nil, err
	}
	c, err := wrapper(kek)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, c.NonceSize(), c.NonceSize()+len(plain)+c.Overhead())
	_, _ = rand.Read(nonce) // does not fail
	return c.Seal(nonce, nonce, plain, []byte(wrapContext)), nil
}

// Unwrap opens what Wrap made, or fails with ErrWrongKey.
func Unwrap(kek [32]byte, wrapped []byte) (*Keys, error) {
	c, err := wrapper(kek)
	if err != nil {
		return nil, err
	}
	if len(wrapped) < c.NonceSize() {
		return nil, ErrWrongKey
	}
	plain, err := c.Open(nil, wrapped[:c.NonceSize()], wrapped[c.NonceSize():], []byte(wrapContext))
	if err != nil {
		return nil, ErrWrongKey
	}
	return UnmarshalKeys(plain)
}

func wrapper(kek [32]byte) (cipher.AEAD, error) {
	c, err := chacha20poly1305.NewX(kek[:])
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "keys.wrap", "The keys could not be wrapped.")
	}
	return c, nil
}

// Derive is a key for one purpose, always the same for these keys (HKDF-SHA-256).
func (k *Keys) Derive(purpose string) [32]byte {
	b, err := hkdf.Key(sha256.New, k.root[:], k.id[:], "voldaan "+purpose, 32)
	if err != nil { // only possible for absurd lengths
		panic("sealed: " + err.Error())
	}
	return [32]byte(b)
}

// SealBytes encrypts something that is kept outside the store. context says what and where it is; OpenBytes wants the same.
func (k *Keys) SealBytes(context string, plain []byte) ([]byte, error) {
	b, err := k.aead.Encrypt(plain, k.outside(context))
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "store.seal", "A file could not be encrypted.")
	}
	return b, nil
}

// OpenBytes decrypts what SealBytes made.
func (k *Keys) OpenBytes(context string, sealed []byte) ([]byte, error) {
	b, err := k.aead.Decrypt(sealed, k.outside(context))
	if err != nil {
		return nil, fault.Wrap(err, fault.Integrity, "store.sealed", "A file is damaged, has been moved or belongs to another data folder.")
	}
	return b, nil
}

// outside differs in its first byte from what values of the store are bound to.
func (k *Keys) outside(context string) []byte {
	return append(append([]byte{0xff}, k.id[:]...), context...)
}
