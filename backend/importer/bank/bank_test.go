package bank_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voldaan/voldaan/backend/civil"
	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/importer/bank"
	"github.com/voldaan/voldaan/backend/money"
)

func eur(minor int64) money.Amount { return money.Of(minor, "EUR") }

func fixture(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCAMT(t *testing.T) {
	all, err := readAll(fixture(t, "batch.camt053.xml"))
	if err != nil {
		t.Fatal(err)
	}
	day, next := civil.MustParse("2026-02-02"), civil.MustParse("2026-02-03")
	want := &bank.Statement{
		Format: bank.CAMT053, ID: "S-33", Number: "33",
		Account: bank.Account{IBAN: "NL91ABNA0417164300", Name: "Bakkerij De Korenaar", Currency: "EUR"},
		Opening: &bank.Balance{Date: civil.MustParse("2026-02-01"), Amount: eur(100000)},
		Closing: &bank.Balance{Date: day, Amount: eur(131950)},
		Lines: []bank.Line{
			{
				Row: 10, Booked: day, Value: next, BankRef: "AB-1", Code: "PMNT/RDDT/ESDD", Batch: 2, Detail: bank.Detail{Amount: eur(30000)},
				Details: []bank.Detail{
					{Amount: eur(10000), Mandate: "MND-7", Structured: "RF18539007547034", Name: "Jansen", IBAN: "NL20INGB0001234567"},
					{Amount: eur(20000), EndToEnd: "E2E-2", Documents: []string{"2026-0042"}, Text: "Factuur 2026- 0042", Name: "De Vries"},
				},
			},
			{
				Row: 23, Booked: day, Value: day, Reversal: true,
				Detail: bank.Detail{Amount: eur(-8050), Name: "Pieters", IBAN: "BE68539007547034", Return: "MD06"},
			},
			{Row: 29, Booked: day, Value: day, Batch: 5, Detail: bank.Detail{Amount: eur(10000), Text: "Verzamelboeking"}},
			{Row: 33, Booked: day, Value: day, Pending: true, Detail: bank.Detail{Amount: eur(700)}},
		},
	}
	if d := cmp.Diff([]*bank.Statement{want}, all); d != "" {
		t.Error(d)
	}
}

func TestWarnings(t *testing.T) {
	good := string(fixture(t, "batch.camt053.xml"))
	for _, c := range []struct{ name, from, to, want string }{
		{"a line is missing", "80.50", "81.50", "bank.balance"},
		{"a detail is missing", `<Amt Ccy="EUR">200.00`, `<Amt Ccy="EUR">199.99`, "bank.batch"},
		{"another currency", `<Amt Ccy="EUR">80.50`, `<Amt Ccy="USD">80.50`, "bank.currencies"},
	} {
		t.Run(c.name, func(t *testing.T) {
			all, err := readAll([]byte(strings.Replace(good, c.from, c.to, 1)))
			if err != nil {
				t.Fatal(err)
			}
			if w := all[0].Warnings; len(w) != 1 || w[0].Code != c.want {
				t.Errorf("expected one %s, got %v", c.want, w)
			}
		})
	}
}

const mtHead = ":20:X\n:25:NL91ABNA0417164300\n:28C:7/1\n:60F:C251231EUR10,\n"

func TestMT940(t *testing.T) {
	newYear := civil.MustParse("2026-01-01")
	for _, c := range []struct {
		name, text string
		want       bank.Line
	}{
		{"words between slashes, cut in the middle", ":61:2512310101C109,65N654NONREF//REF9\n:86:/TRTP/SEPA OVERBOEKING/IBAN/NL20INGB0001234567/BIC/INGBNL2A/NA\nME/HR K EN/OF MW H/REMI/FACT 42/EREF/NOTPROV\nIDED\n",
			bank.Line{BankRef: "REF9", Code: "N654", Booked: newYear, Value: newYear - 1, Detail: bank.Detail{Amount: eur(10965), IBAN: "NL20INGB0001234567", Name: "HR K EN/OF MW H", Text: "FACT 42"}}},
		{"the counterparty in one word, a structured reference", ":61:260101C1,00NTRFEREF//26001\n:86:/EREF/E-1//CNTP/BE68539007547034/KREDBEBB/Peeters NV/Gent//REMI/STRD/CUR/9517342000000001/\n",
			bank.Line{BankRef: "26001", Code: "NTRF", Booked: newYear, Value: newYear, Detail: bank.Detail{Amount: eur(100), IBAN: "BE68539007547034", Name: "Peeters NV", EndToEnd: "E-1", Structured: "9517342000000001", Text: "9517342000000001"}}},
		{"numbered fields, a returned direct debit", ":61:2601010101D12,35NRTIKREF+//20160\n:86:109?00RETOURE?20EREF+A1.200080779.400143254?21.4961336 MREF+M2?22SVWZ+MD06\n SONSTIGE?30CSDBDE71XXX?31DE89370400440532013000?32TESTER?34914\n",
			bank.Line{BankRef: "20160", Code: "NRTI", Booked: newYear, Value: newYear, Detail: bank.Detail{Amount: eur(-1235), IBAN: "DE89370400440532013000", Name: "TESTER", EndToEnd: "A1.200080779.400143254.4961336", Mandate: "M2", Text: "MD06 SONSTIGE", Return: "914"}}},
		{"reversal of a credit goes out", ":61:260101RC5,NTRFNONREF\n", bank.Line{Code: "NTRF", Booked: newYear, Value: newYear, Reversal: true, Detail: bank.Detail{Amount: eur(-500)}}},
		{"reversal of a debit comes in, with a funds code", ":61:260101RDR000005,10NTRFNONREF\n", bank.Line{Code: "NTRF", Booked: newYear, Value: newYear, Reversal: true, Detail: bank.Detail{Amount: eur(510)}}},
		{"months of 30 days", ":61:260230C5,NTRFNONREF\n", bank.Line{Code: "NTRF", Booked: civil.MustParse("2026-02-28"), Value: civil.MustParse("2026-02-28"), Detail: bank.Detail{Amount: eur(500)}}},
		{"the account in front of free text", ":61:2601010101C5,00NOVBNL20INGB0001234567\nj blom\n:86:NL20INGB0001234567 j blom\n\nFactuur 12\n", bank.Line{Code: "NOVB", Booked: newYear, Value: newYear, Detail: bank.Detail{Amount: eur(500), IBAN: "NL20INGB0001234567", Name: "j blom", Text: "Factuur 12"}}},
		{"account and name beside the amount", ":61:260101C5,00N0440121470966      W.P. Jansen   \n:86:BETALINGSKENMERK 0000 0000 3007 6145\n:86:DANK U\n", bank.Line{Code: "N044", Booked: newYear, Value: newYear, Detail: bank.Detail{Amount: eur(500), IBAN: "0121470966", Name: "W.P. Jansen", Structured: "0000000030076145", Text: "BETALINGSKENMERK 0000 0000 3007 6145 DANK U"}}},
		{"text that looks like a field", ":61:260101C5,00NTRFNONREF\n:86:om 14\n:26:37 uur\n", bank.Line{Code: "NTRF", Booked: newYear, Value: newYear, Detail: bank.Detail{Amount: eur(500), Text: "om 14 :26:37 uur"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, end := range []string{"\n", "\r\n"} {
				all, err := readAll([]byte(strings.ReplaceAll(mtHead+c.text+":62F:C260101EUR0,00\n-\n", "\n", end)))
				if err != nil {
					t.Fatal(err)
				}
				c.want.Row = 5
				if d := cmp.Diff([]bank.Line{c.want}, all[0].Lines); d != "" {
					t.Error(d)
				}
			}
		})
	}
}

func TestRefused(t *testing.T) {
	camt := string(fixture(t, "batch.camt053.xml"))
	record := func(kind, rest string) string { return fmt.Sprintf("%-128s\n", kind+rest) }
	coda := record("0", "000011101772505        00265207  FIRMA") + record("1", "0138138536152215 EUR0BE                  0000000000010000101017FIRMA")
	for _, c := range []struct{ name, text, code, says string }{
		{"nothing", "", "bank.format", ""},
		{"another XML", "<Invoice/>", "bank.format", ""},
		{"no statement", `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"/>`, "bank.empty", ""},
		{"cut off", camt[:900], "bank.xml", "Line"},
		{"document type", strings.Replace(camt, "<Document", `<!DOCTYPE x [<!ENTITY a "b">]><Document`, 1), "bank.xml", "Line 2"},
		{"an entity", strings.Replace(camt, "Jansen", "&a;", 1), "bank.xml", "Line 16"},
		{"wrong amount", strings.Replace(camt, "80.50", "80,50", 1), "bank.amount", `"80,50"`},
		{"tenths of cents", strings.Replace(camt, "80.50", "80.505", 1), "bank.amount", "Line 23"},
		{"wrong currency", strings.Replace(camt, `Ccy="EUR">80`, `Ccy="XQX">80`, 1), "bank.currency", "XQX"},
		{"neither in nor out", strings.Replace(camt, "DBIT", "", 1), "bank.sign", "Line 23"},
		{"wrong date", strings.Replace(camt, "<Dt>2026-02-03<", "<Dt>2026-13-03<", 1), "bank.date", "2026-13-03"},
		{"no account", strings.Replace(camt, "NL91ABNA0417164300", "", 1), "bank.account", ""},
		{"a line of another form", mtHead + ":61:hello\n:62F:C260101EUR0,\n", "bank.line", "Line 5"},
		{"a balance of another form", ":20:X\n:25:1\n:60F:nothing\n", "bank.balance_form", "Line 3"},
		{"month 13", mtHead + ":61:261301C5,NTRF\n", "bank.date", "261301"},
		{"no currency", ":20:X\n:25:1\n:61:260101C5,NTRF\n", "bank.currency", "opening balance"},
		{"a movement after nothing", coda + record("22", "00010000"), "bank.line", "Line 3"},
		{"letters for digits", coda + record("21", "00010000JRFC00120DSCCOCACAERT00000000000O5000111017001500000"), "bank.amount", "Line 3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := readAll([]byte(c.text))
			var f *fault.Error
			if !errors.As(err, &f) || f.Code != c.code || !strings.Contains(f.Message, c.says) {
				t.Errorf("expected %s with %q, got %v", c.code, c.says, err)
			}
		})
	}
}

// endless is a file of any size that is never in memory.
type endless struct {
	head string
	fill byte
}

func (e endless) ReadAt(p []byte, off int64) (int, error) {
	for i := range p {
		if at := off + int64(i); at < int64(len(e.head)) {
			p[i] = e.head[at]
		} else {
			p[i] = e.fill
		}
	}
	return len(p), nil
}

func zipped(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, data := range files {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestZip(t *testing.T) {
	camt := fixture(t, "batch.camt053.xml")
	all, err := readAll(zipped(t, map[string][]byte{"../../etc/a.xml": camt, "__MACOSX/._a": []byte("x")}))
	if err != nil || len(all) != 1 || all[0].File != "a.xml" {
		t.Fatal(all, err)
	}
	damaged := zipped(t, map[string][]byte{"a.xml": camt})
	damaged[len(damaged)/3] ^= 0xff
	if _, err := readAll(damaged); fault.KindOf(err) != fault.Invalid {
		t.Errorf("damage: %v", err)
	}
}

// TestHostile: within 10 s and 256 MB each, in full.
func TestHostile(t *testing.T) {
	camt := `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><Stmt>`
	entry := camt + `<Ntry><Amt Ccy="EUR">1</Amt><CdtDbtInd>CRDT</CdtDbtInd><NtryDtls>`
	full := func(head, piece string) func() string {
		return func() string { return head + strings.Repeat(piece, (16<<20)/len(piece)) }
	}
	laughs := `<!DOCTYPE z [<!ENTITY a "ha">` + strings.Repeat(`<!ENTITY b "&a;&a;&a;&a;">`, 100) + `]>` + camt
	for _, c := range []struct {
		name string
		text func() string
	}{
		{"deep", full(camt, "<a>")},
		{"long value", full(camt+"<Id>", "a")},
		{"long name", full(camt+"<", "a")},
		{"long attribute", full(camt+`<a b="`, "a")},
		{"many attributes", full(camt+`<a`, ` b=""`)},
		{"long comment", full(camt+`<!--`, "a")},
		{"billion laughs", func() string { return laughs }},
		{"many details", full(entry, "<TxDtls/>")},
		{"many texts", full(entry+"<TxDtls><RmtInf>", "<Ustrd/>")},
		{"many lines", full(mtHead, ":61:2601010101C1,00NTRF\n")},
		{"long field", full(mtHead+":61:2601010101C1,00NTRF\n:86:", "a\n")},
		{"many statements of nothing", full(mtHead, ":20:\n")},
		{"slashes", full(mtHead+":61:2601010101C1,00NTRF\n:86:", "/IBAN/\n")},
		{"a bomb", func() string {
			return string(zipped(t, map[string][]byte{"a": []byte(camt + strings.Repeat("\n", 70<<20))}))
		}},
		{"many empty lines", full(mtHead, "\n")},
		{"many texts of one line", full(mtHead+":61:2601010101C1,00NTRF\n", ":86:a\n")},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := c.text()
			runtime.GC()
			began := cpu()
			peak := watch(t)
			err := bank.Read(context.Background(), strings.NewReader(text), int64(len(text)), func(*bank.Statement) error { return nil })
			if k := fault.KindOf(err); err == nil || k != fault.TooLarge && k != fault.Invalid {
				t.Errorf("not refused: %v", err)
			}
			if used, took := peak(), cpu()-began; used > 256<<20 || took > 10*time.Second {
				t.Errorf("took %v and %d MB", took, used>>20)
			}
		})
	}
	huge := endless{mtHead + ":61:", '9'}
	if err := bank.Read(context.Background(), huge, 1<<30, nil); fault.KindOf(err) != fault.TooLarge {
		t.Errorf("1 GB: %v", err)
	}
}

// cpu is what this process has used: the clock on the wall also counts what others do on a busy machine.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// watch measures how much the heap grows.
func watch(t *testing.T) (peak func() uint64) {
	t.Helper()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	base, stop, out := m.HeapAlloc, make(chan struct{}), make(chan uint64)
	go func() {
		var most uint64
		for {
			select {
			case <-stop:
				out <- most
				return
			case <-time.After(20 * time.Millisecond):
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				if m.HeapAlloc > base {
					most = max(most, m.HeapAlloc-base)
				}
			}
		}
	}()
	return func() uint64 { close(stop); return <-out }
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	b := fixture(t, "batch.camt053.xml")
	if err := bank.Read(ctx, bytes.NewReader(b), int64(len(b)), func(*bank.Statement) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// FuzzRead: whatever the bytes, an answer or a fault with a code; and the same answer twice.
func FuzzRead(f *testing.F) {
	camt, err := os.ReadFile(filepath.Join("testdata", "batch.camt053.xml"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(camt)
	f.Add([]byte(mtHead + ":61:2601010101C1,00NTRFNONREF//R\nmore\n:86:166?00A?20EREF+1?21SVWZ+X?31DE89370400440532013000?32N\n:62F:C260101EUR11,\n-\n"))
	f.Add([]byte(mtHead + ":61:260101D1,NTRFNONREF\n:86:/EREF/1//CNTP/NL20INGB0001234567/B/N///REMI/USTD//x/\n:62F:C260101EUR9,\n"))
	f.Add([]byte("0000011101772505        00265207  FIRMA\n10138138536152215 EUR0BE                  0000000000010000101017F\n2100010000JRFC00120DSCCOCACAERT0000000000005000111017001500001101000003505158                                      11101713901 0\n8138138536152215 EUR0BE                  0000000000015000111017\n9               000005000000000000000000000000005000\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		one, err := readAll(data)
		var known *fault.Error
		if err != nil && !errors.As(err, &known) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("no code: %v", err)
		}
		two, again := readAll(data)
		if (err == nil) != (again == nil) || cmp.Diff(one, two) != "" {
			t.Fatal("read differently the second time")
		}
	})
}
