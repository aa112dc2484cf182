package bank_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/voldaan/voldaan/backend/fault"
	"github.com/voldaan/voldaan/backend/importer/bank"
)

func readAll(data []byte) (all []*bank.Statement, err error) {
	err = bank.Read(context.Background(), bytes.NewReader(data), int64(len(data)), func(s *bank.Statement) error {
		all = append(all, s)
		return nil
	})
	return all, err
}

// refused are the files of the corpus that no reader may accept, with the reason it must give.
var refused = map[string]string{
	"cmxl__mt940-headers.txt":                     "bank.date",     // a line of month 22
	"cmxl__mt940-deutsche_bank.txt":               "bank.currency", // in Deutsche Mark
	"cmxl__mt940-with-colon-after-line-break.txt": "bank.currency",
	"cmxl__mt940.txt":                             "bank.currency",
	"mt940py__raphaelm.sta":                       "bank.currency",
	"coda__sample2.cod":                           "bank.amount", // tenths of a cent
	"coda__sample6.cod":                           "bank.amount",
	"genkgo__camt053.v2.wrong.xml":                "bank.empty",   // no statement in it
	"mt940py__account_identification.sta":         "bank.empty",   // accounts without anything
	"fruit__Rabo_sample2.sta":                     "bank.account", // cut off in the second heading
	"mt940py__sparkassen.sta":                     "bank.format",  // a piece of a statement
}

// TestCorpus reads every statement of the corpus, and adds its lines up a second time with the simplest means there are.
// The corpus belongs to others and is not part of this repository.
func TestCorpus(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "..", "shared", "corpus", "bank", "*"))
	if err != nil || len(files) == 0 {
		t.Skip("SKIPPED: the corpus of bank statements is not here")
	}
	for _, f := range files {
		name := filepath.Base(f)
		if strings.HasPrefix(name, "ocasheet__") {
			continue // tables, which backend/importer reads
		}
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			all, err := readAll(data)
			if code, ok := refused[name]; ok {
				if !errors.Is(err, &fault.Error{Code: code}) {
					t.Fatalf("expected %s, got %v", code, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			n, sum := 0, new(big.Rat)
			for _, s := range all {
				for _, l := range s.Lines {
					n++
					r, ok := new(big.Rat).SetString(l.Amount.String())
					if !ok {
						t.Fatal(l.Amount)
					}
					sum.Add(sum, r)
				}
				for _, w := range s.Warnings {
					t.Log(w)
				}
			}
			wantN, want := simply(t, data)
			if n != wantN || sum.Cmp(want) != 0 {
				t.Errorf("%d lines of %s, counted otherwise %d of %s", n, sum.FloatString(2), wantN, want.FloatString(2))
			}
		})
	}
}

var (
	anEntry  = regexp.MustCompile(`(?s)<(?:\w+:)?Ntry>.*?</(?:\w+:)?Ntry>`)
	aDetail  = regexp.MustCompile(`(?s)<(?:\w+:)?(NtryDtls|TxDtls|AmtDtls|Chrgs)>.*</(?:\w+:)?(NtryDtls|TxDtls|AmtDtls|Chrgs)>`)
	anAmount = regexp.MustCompile(`<(?:\w+:)?Amt[^>]*>([^<]*)<`)
	aSign    = regexp.MustCompile(`<(?:\w+:)?CdtDbtInd>([^<]*)<`)
	aLine    = regexp.MustCompile(`(?m)^:61:\d{6}[\d ]{0,4}?(R?)([CD])[A-Z]?\s*([\d.,]+)`)
)

// simply counts and adds up the bookings of a file with regular expressions.
func simply(t *testing.T, data []byte) (n int, sum *big.Rat) {
	t.Helper()
	sum = new(big.Rat)
	add := func(text string, negative bool) {
		r, ok := new(big.Rat).SetString(strings.TrimSuffix(strings.Replace(strings.TrimSpace(text), ",", ".", 1), "."))
		if !ok {
			t.Fatalf("the test cannot read %q", text)
		}
		if negative {
			r.Neg(r)
		}
		n++
		sum.Add(sum, r)
	}
	switch {
	case bytes.HasPrefix(data, []byte("PK")):
		z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range z.File {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			k, s := simply(t, b)
			n += k
			sum.Add(sum, s)
		}
	case bytes.HasPrefix(bytes.TrimLeft(data, "\xef\xbb\xbf \r\n"), []byte("<")):
		for _, e := range anEntry.FindAll(data, -1) {
			own := aDetail.ReplaceAll(e, nil)
			add(string(anAmount.FindSubmatch(own)[1]), string(aSign.FindSubmatch(own)[1]) == "DBIT")
		}
	case bytes.HasPrefix(data, []byte("00000")) && !bytes.HasPrefix(data, []byte("0000 ")):
		for _, l := range strings.Split(string(data), "\n") {
			if strings.HasPrefix(l, "21") && l[6:10] == "0000" {
				add(fmt.Sprintf("%s.%s", l[32:44], l[44:47]), l[31] == '1')
			}
		}
	default:
		for _, m := range aLine.FindAllSubmatch(data, -1) {
			add(string(m[3]), (string(m[2]) == "D") != (len(m[1]) > 0))
		}
	}
	return n, sum
}
