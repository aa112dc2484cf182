package api

import (
	"time"

	"github.com/voldaan/voldaan/backend/access"
)

// ImportSummary is a line of the list of imports.
type ImportSummary struct {
	ID        string       `json:"id"`
	File      string       `json:"file"`
	Kind      string       `json:"kind"`
	State     string       `json:"state" enum:"staged,applied,undone"`
	At        time.Time    `json:"at"`
	By        string       `json:"by"`
	Rows      int          `json:"rows"`
	Created   int          `json:"created"`
	Updated   int          `json:"updated"`
	Unchanged int          `json:"unchanged"`
	Rejected  int          `json:"rejected"`
	Totals    []KindTotals `json:"totals" nullable:"false"`
}

// KindTotals are the sums of an import in one currency.
type KindTotals struct {
	Currency string `json:"currency"`
	Amount   string `json:"amount"`
}

// Import is a file that was read, with what it would do or did.
type Import struct {
	ImportSummary
	Profile  string         `json:"profile" doc:"The mapping that was recognised or saved; empty when none."`
	Sheets   []ImportSheet  `json:"sheets" nullable:"false"`
	Findings []Finding      `json:"findings" nullable:"false" doc:"Refused rows, the first 200."`
	Warnings []string       `json:"warnings" nullable:"false"`
	Refusal  string         `json:"refusal" doc:"Why the whole file cannot be used; empty when it can."`
	Codes    ImportCodes    `json:"codes"`
	Fields   []MappingField `json:"fields" nullable:"false" doc:"What a column can be mapped to."`
}

// ImportCodes are the stable codes of what is said in words above, for translations.
type ImportCodes struct {
	Warnings []string `json:"warnings" nullable:"false" doc:"Of each warning, in the same order."`
	Refusal  string   `json:"refusal" doc:"Of the refusal; empty when there is none."`
}

// ImportSheet is a table in the file.
type ImportSheet struct {
	Name      string         `json:"name"`
	Used      bool           `json:"used"`
	Kind      string         `json:"kind" enum:"customers,invoices,payments,unknown"`
	HeaderRow int            `json:"header_row" doc:"As the spreadsheet numbers it."`
	Rows      int            `json:"rows"`
	Columns   []ImportColumn `json:"columns" nullable:"false"`
	FirstRows [][]string     `json:"first_rows" nullable:"false" doc:"Raw cells, to look at beside the mapping."`
	DateOrder string         `json:"date_order" doc:"dmy, mdy or ymd, as found in the whole column."`
	Decimal   string         `json:"decimal" doc:"comma or dot."`
	Currency  string         `json:"currency" doc:"Used where rows say nothing."`
	Skipped   []string       `json:"skipped" nullable:"false" doc:"Title, subtotal and total rows that were left out, and why."`
}

// ImportColumn is a column and what it was taken for.
type ImportColumn struct {
	Index      int      `json:"index"`
	Header     string   `json:"header"`
	Field      string   `json:"field" doc:"Empty: not used."`
	Confidence float64  `json:"confidence" minimum:"0" maximum:"1"`
	Reason     string   `json:"reason"`
	Samples    []string `json:"samples" nullable:"false"`
}

// MappingField is something a column can be mapped to.
type MappingField struct {
	Name     string `json:"name" example:"due"`
	Kind     string `json:"kind" doc:"The kind of import it belongs to."`
	Required bool   `json:"required"`
}

// ImportItem is a row as it would be, or was, brought in.
type ImportItem struct {
	Row      int               `json:"row" doc:"As the spreadsheet numbers it."`
	Sheet    string            `json:"sheet"`
	Outcome  string            `json:"outcome" enum:"new,changed,same,rejected"`
	Customer string            `json:"customer"`
	Number   string            `json:"number"`
	Values   map[string]string `json:"values" doc:"Field and value as understood."`
	Changes  []FieldChange     `json:"changes" nullable:"false"`
}

// FieldChange is what a changed row changes.
type FieldChange struct {
	Field string `json:"field"`
	From  string `json:"from"`
	To    string `json:"to"`
}

// Finding is why a row was refused.
type Finding struct {
	Sheet    string `json:"sheet"`
	Row      int    `json:"row" doc:"As the spreadsheet numbers it."`
	Column   string `json:"column"`
	Value    string `json:"value"`
	Code     string `json:"code"`
	Message  string `json:"message"`
	Expected string `json:"expected"`
	Repair   string `json:"repair"`
}

// MappingInput corrects how the file was read.
type MappingInput struct {
	Kind      string         `json:"kind,omitempty" enum:"customers,invoices,payments"`
	Sheet     string         `json:"sheet,omitempty" maxLength:"100"`
	HeaderRow int            `json:"header_row,omitempty" minimum:"1" maximum:"1000000"`
	Columns   []ColumnChoice `json:"columns,omitempty" maxItems:"512"`
	DateOrder string         `json:"date_order,omitempty" enum:"dmy,mdy,ymd"`
	Decimal   string         `json:"decimal,omitempty" enum:"comma,dot"`
	Currency  string         `json:"currency,omitempty" maxLength:"3"`
	SaveAs    string         `json:"save_as,omitempty" maxLength:"60" doc:"Keep it as a profile that is recognised next time."`
}

// ColumnChoice maps one column.
type ColumnChoice struct {
	Index int    `json:"index" minimum:"0" maximum:"511"`
	Field string `json:"field" maxLength:"40" doc:"Empty: not used."`
}

// ApplyInput applies an import.
type ApplyInput struct {
	Partial bool `json:"partial,omitempty" doc:"Bring in the good rows although some are refused."`
}

// AtImport is the thing that the path names.
type AtImport struct {
	Import string `path:"import"`
}

type uploadInput struct {
	InFirm
	Name     string `query:"name" required:"true" minLength:"1" maxLength:"255" doc:"The file's name."`
	Kind     string `query:"kind" enum:"auto,customers,invoices,payments" default:"auto"`
	Profile  string `query:"profile" maxLength:"60"`
	Snapshot bool   `query:"snapshot" doc:"The file lists everything that is open: what the books have open beside it has been settled elsewhere."`
	RawBody  []byte `contentType:"application/octet-stream"`
}

// fileOutput is a file to keep.
type fileOutput struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func (a *API) imports() {
	upload := op("POST /imports", "uploadImport", "imports", "Read a file and say what it would do; the body is the file's bytes, up to 64 MB", access.ImportsWrite, 201)
	upload.MaxBodyBytes = 64 << 20
	add(a, upload, a.uploadImport)
	add(a, op("GET /imports", "listImports", "imports", "Imports, newest first", access.Read), a.listImports)
	add(a, op("GET /imports/{import}", "getImport", "imports", "What an import would do or did", access.Read), a.getImport)
	add(a, op("GET /imports/{import}/items", "listImportItems", "imports", "Its rows by outcome", access.Read), a.listImportItems)
	add(a, op("PUT /imports/{import}/mapping", "mapImport", "imports", "Correct the mapping and read the file again", access.ImportsWrite), a.mapImport)
	add(a, op("POST /imports/{import}/apply", "applyImport", "imports", "Bring it in: all of it, or with partial the good rows", access.ImportsWrite), a.applyImport)
	add(a, op("POST /imports/{import}/undo", "undoImport", "imports", "Take it back if nothing has been built on it", access.ImportsWrite), a.undoImport)
	add(a, op("DELETE /imports/{import}", "discardImport", "imports", "Forget a staged import", access.ImportsWrite, 204), a.discardImport)
	add(a, file(op("GET /imports/{import}/errors.xlsx", "getImportErrors", "imports", "The refused rows with the reasons beside them, as a spreadsheet", access.Read), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), a.getImportErrors)
}

type importItemsInput struct {
	AtImport
	Outcome string `query:"outcome" enum:"new,changed,same,rejected"`
	Limit   int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
	Cursor  string `query:"cursor" maxLength:"40"`
}

type mapImportInput struct {
	AtImport
	Body MappingInput
}

type applyImportInput struct {
	AtImport
	Body ApplyInput
}

// attachment is a file that a browser saves and never shows.
func attachment(mediaType, name string, b []byte) *fileOutput {
	return &fileOutput{ContentType: mediaType, Disposition: `attachment; filename="` + name + `"`, Body: b}
}
