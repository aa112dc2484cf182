package books

import (
	"encoding/binary"
	"strings"

	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/store"
)

// The tables of the ledger. Keys are ids; texts that must be found again are blinded, because keys are not sealed.
var (
	firms = store.Table[firmRecord]{Name: "firms", Key: func(r *firmRecord) []byte { return r.ID.Bytes() }}

	customers = store.Table[customerRecord]{Name: "customers", Key: func(r *customerRecord) []byte { return r.ID.Bytes() },
		Indexes: []store.Index[customerRecord]{{Name: "number", Unique: true, Entries: func(tx store.Tx, r *customerRecord) []store.Pair {
			return one(customerNumberKey(tx, r.Firm, r.Number), r.ID.Bytes())
		}}}}

	contacts = store.Table[contactRecord]{Name: "contacts", Key: func(r *contactRecord) []byte { return r.ID.Bytes() },
		Indexes: []store.Index[contactRecord]{
			{Name: "email", Unique: true, Entries: func(tx store.Tx, r *contactRecord) []store.Pair {
				return one(contactEmailKey(tx, r.Firm, r.Email), r.ID.Bytes())
			}},
			{Name: "customer", Entries: func(_ store.Tx, r *contactRecord) []store.Pair {
				out := make([]store.Pair, len(r.Access))
				for i, a := range r.Access {
					out[i] = store.Pair{Key: join(a.Customer.Bytes(), r.ID.Bytes()), Value: nil}
				}
				return out
			}}}}

	documents = store.Table[documentRecord]{Name: "documents", Key: func(r *documentRecord) []byte { return r.ID.Bytes() },
		Indexes: []store.Index[documentRecord]{
			// A void document gives its number back, so that an import that was undone can be done again.
			{Name: "number", Unique: true, Entries: func(tx store.Tx, r *documentRecord) []store.Pair {
				if r.State == ledger.Void {
					return nil
				}
				return one(join(documentNumberKey(tx, r.Firm, r.Number), r.Customer.Bytes(), []byte{byte(r.Type)}), r.ID.Bytes())
			}},
			{Name: "customer", Entries: func(_ store.Tx, r *documentRecord) []store.Pair {
				return one(join(r.Customer.Bytes(), r.ID.Bytes()), documentRow(r))
			}}}}

	receipts = store.Table[receiptRecord]{Name: "receipts", Key: func(r *receiptRecord) []byte { return r.ID.Bytes() },
		Indexes: []store.Index[receiptRecord]{
			// A void receipt gives its reference back, as a void document its number.
			{Name: "provider", Unique: true, Entries: func(tx store.Tx, r *receiptRecord) []store.Pair {
				if r.Provider == "" || r.ProviderRef == "" || r.VoidedOn != 0 {
					return nil
				}
				return one(providerKey(tx, r.Provider, r.ProviderRef), r.ID.Bytes())
			}},
			// All that an account needs stands in the index, so that it is read in one range scan.
			{Name: "customer", Entries: func(_ store.Tx, r *receiptRecord) []store.Pair {
				return one(join(r.Customer.Bytes(), r.ID.Bytes()), receiptRow(r))
			}}}}

	returns = store.Table[returnRecord]{Name: "returns", Key: func(r *returnRecord) []byte { return r.ID.Bytes() },
		Indexes: []store.Index[returnRecord]{
			{Name: "provider", Unique: true, Entries: func(tx store.Tx, r *returnRecord) []store.Pair {
				if r.ProviderRef == "" {
					return nil
				}
				return one(providerKey(tx, "return", r.ProviderRef), r.ID.Bytes())
			}},
			{Name: "customer", Entries: func(_ store.Tx, r *returnRecord) []store.Pair {
				return one(join(r.Customer.Bytes(), r.Receipt.Bytes(), r.ID.Bytes()), nil)
			}}}}

	allocations = store.Table[allocationRecord]{Name: "allocations", Key: func(r *allocationRecord) []byte { return r.ID.Bytes() },
		Indexes: []store.Index[allocationRecord]{
			// The whole record stands in the index, so that an account is read in one range scan.
			{Name: "customer", Entries: func(_ store.Tx, r *allocationRecord) []store.Pair {
				return one(join(r.Customer.Bytes(), r.Document.Bytes(), r.ID.Bytes()), allocationRow(r))
			}}}}

	attempts = store.Table[attemptRecord]{Name: "attempts", Key: func(r *attemptRecord) []byte { return r.ID.Bytes() },
		Indexes: []store.Index[attemptRecord]{
			{Name: "provider", Unique: true, Entries: func(tx store.Tx, r *attemptRecord) []store.Pair {
				if r.ProviderRef == "" {
					return nil
				}
				return one(providerKey(tx, r.Provider, r.ProviderRef), r.ID.Bytes())
			}},
			{Name: "open", Entries: func(_ store.Tx, r *attemptRecord) []store.Pair {
				if r.State >= ledger.AttemptPaid {
					return nil
				}
				return one(join(r.Firm.Bytes(), r.ID.Bytes()), nil)
			}},
			{Name: "customer", Entries: func(_ store.Tx, r *attemptRecord) []store.Pair {
				return one(join(r.Customer.Bytes(), r.ID.Bytes()), nil)
			}}}}

	intents = store.Table[intentRecord]{Name: "intents", Key: func(r *intentRecord) []byte { return r.ID.Bytes() },
		Indexes: []store.Index[intentRecord]{
			{Name: "reference", Unique: true, Entries: func(tx store.Tx, r *intentRecord) []store.Pair {
				return one(intentReferenceKey(tx, r.Firm, r.Reference), r.ID.Bytes())
			}},
			// The same selection is one intent: its documents are sorted.
			{Name: "selection", Unique: true, Entries: func(tx store.Tx, r *intentRecord) []store.Pair {
				return one(intentSelectionKey(tx, r), r.ID.Bytes())
			}}}}

	imports = store.Table[importRecord]{Name: "imports", Key: func(r *importRecord) []byte { return r.ID.Bytes() }}
	undos   = store.Table[undoRecord]{Name: "import_undo", Key: func(r *undoRecord) []byte {
		return binary.BigEndian.AppendUint32(r.Import.Bytes()[:16:16], r.N)
	}}
)

func one(key, value []byte) []store.Pair { return []store.Pair{{Key: key, Value: value}} }

func join(parts ...[]byte) []byte {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	out := make([]byte, 0, n)
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

func customerNumberKey(tx store.Tx, f ledger.FirmID, number string) []byte {
	b := tx.Blind("customer", string(f[:])+number)
	return b[:]
}

func contactEmailKey(tx store.Tx, f ledger.FirmID, email string) []byte {
	b := tx.Blind("contact", string(f[:])+strings.ToLower(email))
	return b[:]
}

func documentNumberKey(tx store.Tx, f ledger.FirmID, number string) []byte {
	b := tx.Blind("document", string(f[:])+number)
	return b[:]
}

func providerKey(tx store.Tx, provider, ref string) []byte {
	b := tx.Blind("provider", provider+"\x00"+ref)
	return b[:]
}

func intentReferenceKey(tx store.Tx, f ledger.FirmID, reference string) []byte {
	b := tx.Blind("intent", string(f[:])+reference)
	return b[:]
}

func intentSelectionKey(tx store.Tx, r *intentRecord) []byte {
	var text strings.Builder
	text.WriteString(string(r.Currency))
	for i := range r.Documents {
		text.Write(r.Documents[i][:])
	}
	b := tx.Blind("selection", text.String())
	return join(r.Customer.Bytes(), b[:])
}
