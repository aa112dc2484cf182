package einvoice

import (
	"bytes"
	"compress/zlib"
	"io"
	"regexp"

	"github.com/voldaan/voldaan/backend/fault"
)

// Bounds of what is looked at in a PDF.
const (
	maxStreams = 20_000
	maxXML     = 200      // streams that are XML
	maxHead    = 64 << 10 // of those, to see whether it is an invoice: licences stand before it in comments
	maxDict    = 4 << 10
)

var (
	streamStart = regexp.MustCompile(`stream\r?\n`)
	objectStart = regexp.MustCompile(`(\d{1,10})[ \t\r\n]+\d{1,5}[ \t\r\n]+obj$`)
	invoiceRoot = regexp.MustCompile(`<([A-Za-z0-9_.-]+:)?(CrossIndustryInvoice|CrossIndustryDocument|Invoice|CreditNote)[ \t\r\n>]`)
)

// embedded finds the invoice within a PDF. It does not follow the file's structure, which in damaged and hostile files
// leads anywhere, but looks at every stream: an embedded file is always an object of its own. Of an object that was
// written again later, the last one counts.
func embedded(data []byte) ([]byte, error) {
	found := map[string][]byte{} // by object number
	last := ""
	n, xmls, total := 0, 0, 0
	for at := 0; ; {
		loc := streamStart.FindIndex(data[at:])
		if loc == nil {
			break
		}
		begin, body := at+loc[0], at+loc[1]
		at = body
		if begin >= 3 && bytes.Equal(data[begin-3:begin], []byte("end")) {
			continue
		}
		if n++; n > maxStreams {
			return nil, tooManyParts()
		}
		object, dict := dictionary(data, begin)
		if dict == nil || other(dict) {
			continue
		}
		if !startsXML(unpack(data[body:], dict, 64)) {
			continue
		}
		if xmls++; xmls > maxXML {
			return nil, tooManyParts()
		}
		head := unpack(data[body:], dict, maxHead)
		if !invoiceRoot.Match(plain(head)) {
			delete(found, object) // replaced by something else
			continue
		}
		whole := unpack(data[body:], dict, MaxFile+1)
		if total += len(whole); total > MaxFile {
			return nil, TooLarge()
		}
		found[object], last = whole, object
	}
	if _, ok := found[last]; !ok {
		for last = range found {
			break
		}
	}
	switch {
	case len(found) == 0 && bytes.Contains(data, []byte("/Encrypt")):
		return nil, fault.Invalidf("import.pdf_locked", "The PDF is protected, so the invoice in it cannot be read. Ask for it without a password, or for the XML file.")
	case len(found) == 0:
		return nil, fault.Invalidf("import.pdf", "This PDF has no electronic invoice in it (ZUGFeRD or Factur-X). Import the XML file of the invoice, or export the list as xlsx or CSV instead.")
	}
	for _, xml := range found {
		if !bytes.Equal(xml, found[last]) {
			return nil, fault.Invalidf("import.pdf_several", "This PDF has several different electronic invoices in it, so it is not clear which one counts. Take the right one out and import its XML file.")
		}
	}
	return found[last], nil
}

func tooManyParts() error {
	return fault.New(fault.TooLarge, "import.einvoice_size", "The PDF has more parts than an invoice can have, so it was not read. Import the XML file of the invoice.")
}

func startsXML(head []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(plain(head[:len(head)&^1]), " \t\r\n"), []byte{'<'})
}

// dictionary is the object number of a stream and what stands before it.
func dictionary(data []byte, begin int) (object string, dict []byte) {
	before := data[max(0, begin-maxDict):begin]
	end := bytes.LastIndex(before, []byte("obj"))
	if end < 0 {
		return "", nil
	}
	m := objectStart.FindSubmatch(before[max(0, end-40) : end+3])
	if m == nil {
		return "", nil
	}
	return string(m[1]), before[end+3:]
}

// other reports whether the dictionary is that of something else than an embedded file.
func other(dict []byte) bool {
	for _, name := range []string{"/Image", "/XObject", "/ObjStm", "/XRef", "/Metadata", "/FontFile", "/Length1"} {
		if bytes.Contains(dict, []byte(name)) {
			return true
		}
	}
	return false
}

// unpack is at most limit bytes of a stream.
func unpack(body, dict []byte, limit int) []byte {
	if bytes.Contains(dict, []byte("FlateDecode")) || bytes.Contains(dict, []byte("/Fl")) {
		z, err := zlib.NewReader(bytes.NewReader(body))
		if err != nil {
			return nil
		}
		out, _ := io.ReadAll(io.LimitReader(z, int64(limit))) // a damaged end shows in the XML
		return out
	}
	window := body[:min(len(body), limit)]
	if end := bytes.Index(window, []byte("endstream")); end >= 0 {
		window = window[:end]
	}
	return bytes.TrimRight(window, "\r\n")
}
