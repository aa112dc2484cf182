package exporter

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/voldaan/voldaan/backend/ledger"
	"github.com/voldaan/voldaan/backend/money"
)

// writeHledger writes the ledger in hledger's journal format. Every account and commodity is declared, so that
// hledger's --strict is content.
func writeHledger(w io.Writer, src *source) error {
	// Declarations come first, so the entries are walked twice; the snapshot is the same.
	accounts, currencies, err := src.declared()
	if err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "; %s, %s, as of %s\ndecimal-mark .\n\n", comment(src.firm.Name), src.firm.Currency, src.asOf)
	for _, c := range currencies {
		fmt.Fprintf(out, "commodity %s\n", sample(c))
	}
	_ = out.WriteByte('\n') // Flush reports errors
	for _, a := range accounts {
		fmt.Fprintf(out, "account %s\n", a)
	}
	err = src.entries(func(e entry) error {
		writeEntry(out, e)
		return nil
	})
	if err != nil {
		return err
	}
	return out.Flush()
}

// declared are the accounts that occur, with the customers' names as comments, and the currencies.
func (s *source) declared() (accounts, currencies []string, err error) {
	names := map[string]string{}
	err = s.accounts(func(a *ledger.Account) error {
		names[owed(a.Customer.Number)] = a.Customer.Name
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	seen := map[string]bool{}
	money := map[string]bool{string(s.firm.Currency): true}
	err = s.entries(func(e entry) error {
		for _, p := range e.postings {
			seen[p.account], seen[strings.TrimSuffix(p.account, ":"+unapplied)] = true, true
			money[string(p.amount.Currency)] = true
		}
		return nil
	})
	for a := range seen {
		if name := names[a]; name != "" {
			a += "  ; " + comment(name)
		}
		accounts = append(accounts, a)
	}
	for c := range money {
		currencies = append(currencies, c)
	}
	slices.Sort(accounts)
	slices.Sort(currencies)
	return accounts, currencies, err
}

// sample is how amounts of a currency look; hledger wants the decimal mark even where there are no decimals.
func sample(c string) string {
	s := amountText(money.Of(1, money.Currency(c)))
	if !strings.Contains(s, ".") {
		return strings.Replace(s, "1 ", "1. ", 1)
	}
	return s
}

func amountText(a money.Amount) string { return a.String() + " " + string(a.Currency) }

// writeEntry writes a transaction; the buffer keeps the first error for Flush.
func writeEntry(out *bufio.Writer, e entry) {
	fmt.Fprintf(out, "\n%s", e.on)
	if e.code != "" {
		fmt.Fprintf(out, " (%s)", part(e.code, ""))
	}
	fmt.Fprintf(out, " %s\n", e.what)
	for _, p := range e.postings {
		fmt.Fprintf(out, "    %-46s  %14s", p.account, amountText(p.amount))
		switch {
		case p.document != "" && !p.due.IsZero():
			fmt.Fprintf(out, "  ; doc:%s, due:%s", part(p.document, ""), p.due)
		case p.document != "":
			fmt.Fprintf(out, "  ; doc:%s", part(p.document, ""))
		}
		_ = out.WriteByte('\n')
	}
}

// accountPart is a text as one part of an account's name.
func accountPart(s string) string { return part(s, " ") }

// part keeps letters, digits and a few harmless signs of a text and writes every other byte as %XX, so that it means
// nothing to hledger and two different texts stay different. Of the signs in also, single ones inside stay.
func part(s, also string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		inside := i > 0 && i < len(s)-1 && s[i-1] != ' '
		switch {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= 0x80, strings.IndexByte("-._/&+#", c) >= 0,
			inside && strings.IndexByte(also, c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// comment is a text on one line.
func comment(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == ',' || r == ':' {
			return ' '
		}
		return r
	}, s)
}
