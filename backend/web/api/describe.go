package api

import (
	"bytes"
	"encoding/json"

	"github.com/gofiber/fiber/v2"
)

// Describe is the OpenAPI description as indented JSON, the same bytes for the same types.
func Describe() ([]byte, error) {
	raw, err := Register(fiber.New(), Services{}).OpenAPI().MarshalJSON()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, raw, "", "  "); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}
