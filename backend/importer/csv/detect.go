package csv

import (
	"bytes"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// Encoding is how the file writes its characters.
type Encoding string

// The encodings that are recognised.
const (
	UTF8        Encoding = "UTF-8"
	UTF16LE     Encoding = "UTF-16LE"
	UTF16BE     Encoding = "UTF-16BE"
	Windows1252 Encoding = "Windows-1252"
	Latin1      Encoding = "ISO-8859-1"
	Latin9      Encoding = "ISO-8859-15"
	CodePage850 Encoding = "CP850"
)

func (e Encoding) decoder() encoding.Encoding {
	switch e {
	case UTF16LE:
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case UTF16BE:
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	case Windows1252, Latin1:
		return charmap.Windows1252 // the same as ISO-8859-1 where that has letters
	case Latin9:
		return charmap.ISO8859_15
	case CodePage850:
		return charmap.CodePage850
	}
	return nil
}

// survey is what one reading of all bytes tells: which encodings are impossible, and how lines end.
type survey struct {
	utf8      bool
	nul       bool
	c1        int // bytes 0x80-0x9f: letters of Windows-1252, controls in ISO-8859
	dosLetter int // bytes that are accented letters in CP850 only, between letters
	winLetter int // bytes that are accented letters in Windows-1252, between letters
	sign      int // 0xa4 beside a digit or space: the euro sign of ISO-8859-15
	newlines  int
	returns   int
}

// look reads everything once. A file is UTF-8 only when all of it is.
func look(r io.Reader) (survey, error) {
	s := survey{utf8: true}
	buf := make([]byte, 64<<10)
	keep := 0 // bytes of an unfinished character at the start of buf
	prev := byte(0)
	for {
		n, err := io.ReadFull(r, buf[keep:])
		chunk := buf[:keep+n]
		last := err == io.EOF || err == io.ErrUnexpectedEOF
		if err != nil && !last {
			return s, err
		}
		fresh := chunk[keep:]
		s.newlines += bytes.Count(fresh, []byte{'\n'})
		if s.newlines == 0 {
			s.returns += bytes.Count(fresh, []byte{'\r'})
		}
		s.nul = s.nul || bytes.IndexByte(fresh, 0) >= 0
		keep = 0
		if s.utf8 {
			keep = s.valid(chunk, last)
			copy(buf, chunk[len(chunk)-keep:])
		}
		if !s.utf8 {
			s.bytes(fresh, &prev)
		}
		if last {
			return s, nil
		}
	}
}

// valid checks the chunk and returns how many bytes at its end may be the start of a longer character.
func (s *survey) valid(chunk []byte, last bool) int {
	if utf8.Valid(chunk) {
		return 0
	}
	if !last {
		for k := 1; k < utf8.UTFMax && k <= len(chunk); k++ {
			if tail := chunk[len(chunk)-k:]; utf8.RuneStart(tail[0]) {
				if !utf8.FullRune(tail) && utf8.Valid(chunk[:len(chunk)-k]) {
					return k
				}
				break
			}
		}
	}
	s.utf8 = false
	return 0
}

// bytes counts what tells the one-byte encodings apart; it runs only once the file has turned out not to be UTF-8.
func (s *survey) bytes(chunk []byte, prev *byte) {
	for i, c := range chunk {
		if c < 0x80 {
			continue
		}
		before := *prev
		if i > 0 {
			before = chunk[i-1]
		}
		switch {
		case c < 0xa0:
			s.c1++
			if letter(before) && bytes.IndexByte([]byte{0x81, 0x82, 0x83, 0x84, 0x85, 0x87, 0x88, 0x89, 0x8b, 0x93, 0x94}, c) >= 0 {
				s.dosLetter++
			}
		case c == 0xa4 && !letter(before):
			s.sign++
		case c >= 0xc0 && letter(before):
			s.winLetter++
		}
	}
	if len(chunk) > 0 {
		*prev = chunk[len(chunk)-1]
	}
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func (s survey) encoding() Encoding {
	switch {
	case s.utf8:
		return UTF8
	case s.dosLetter > s.winLetter:
		return CodePage850
	case s.c1 > 0:
		return Windows1252
	case s.sign > 0:
		return Latin9
	}
	return Latin1
}

// bom recognises a byte order mark and says how long it is.
func bom(head []byte) (Encoding, int) {
	switch {
	case bytes.HasPrefix(head, []byte{0xef, 0xbb, 0xbf}):
		return UTF8, 3
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		return UTF16LE, 0 // the decoder takes the mark itself
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return UTF16BE, 0
	}
	return "", 0
}

// delimiters that tables are written with, the likelier first.
var delimiters = []byte{';', ',', '\t', '|'}

// delimiter finds the separator that divides the sample into the most columns the most evenly. Where none divides it,
// each line may have been quoted as a whole, by a program that took the file for a single column: nested.
func delimiter(sample []byte, whole bool) (d byte, nested bool) {
	d, score := evenest(sample, whole)
	if score > 0 || len(sample) == 0 || sample[0] != '"' {
		return d, false
	}
	inner := unquoted(sample, whole)
	if d, score := evenest(inner, true); score > 0 {
		return d, true
	}
	return d, false
}

func evenest(sample []byte, whole bool) (best byte, bestScore float64) {
	best = ','
	for _, d := range delimiters {
		if s := evenness(sample, d, whole); s > bestScore {
			best, bestScore = d, s
		}
	}
	return best, bestScore
}

// unquoted is the content of records that are one quoted field each.
func unquoted(sample []byte, whole bool) []byte {
	var out []byte
	sp := splitter{delimiter: ','}
	for len(sample) > 0 {
		n := sp.record(sample, whole)
		if n == 0 {
			break
		}
		sample = sample[n:]
		if len(sp.cells) == 1 {
			out = append(append(out, sp.cells[0].Text...), '\n')
		}
	}
	return out
}

func evenness(sample []byte, d byte, whole bool) float64 {
	counts := map[int]int{}
	records := 0
	var sp splitter
	sp.delimiter = d
	for len(sample) > 0 && records < 500 {
		n := sp.record(sample, whole)
		if n == 0 {
			break
		}
		sample = sample[n:]
		if fields := len(sp.cells); fields > 1 || fields == 1 && len(sp.cells[0].Text) > 0 {
			counts[fields]++
			records++
		}
	}
	best := 0.0
	for fields, n := range counts {
		if fields > 1 {
			best = math.Max(best, float64(n)/float64(records)*math.Log2(float64(fields)+1))
		}
	}
	return best
}

// declared reads Excel's first line "sep=;", which no spreadsheet program shows as a row.
func declared(head []byte) (d byte, length int) {
	line, _, _ := bytes.Cut(head, []byte{'\n'})
	rest, ok := strings.CutPrefix(strings.ToLower(string(line)), "sep=")
	rest = strings.TrimSuffix(rest, "\r")
	if !ok || len(rest) != 1 {
		return 0, 0
	}
	return rest[0], len(line) + 1
}
