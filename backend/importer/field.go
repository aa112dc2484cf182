package importer

// Field is what a column holds. The names are stable: profiles and the API use them.
type Field string

// The fields of all kinds.
const (
	FieldIgnore Field = "ignore"

	FieldCustomerNumber Field = "customer_number"
	FieldCustomerName   Field = "customer_name"
	FieldEmail          Field = "email"
	FieldPhone          Field = "phone"
	FieldStreet         Field = "street"
	FieldPostalCode     Field = "postal_code"
	FieldCity           Field = "city"
	FieldCountry        Field = "country"
	FieldVATID          Field = "vat_id"
	FieldChamberNo      Field = "chamber_no"
	FieldIBAN           Field = "iban"
	FieldLanguage       Field = "language"
	FieldTermDays       Field = "term_days"
	FieldCreditLimit    Field = "credit_limit"

	FieldNumber      Field = "number"
	FieldType        Field = "type"
	FieldIssued      Field = "issued"
	FieldDue         Field = "due"
	FieldTotal       Field = "total"
	FieldOpen        Field = "open"
	FieldPaid        Field = "paid"
	FieldSettledOn   Field = "settled_on"
	FieldCurrency    Field = "currency"
	FieldStatus      Field = "status"
	FieldClearing    Field = "clearing" // the document that settled it, in SAP
	FieldPO          Field = "po"
	FieldReference   Field = "reference"
	FieldDescription Field = "description"
	FieldDebit       Field = "debit"
	FieldCredit      Field = "credit"
	FieldSide        Field = "side"     // S/H, D/C: the sign of an amount that is always positive
	FieldQuantity    Field = "quantity" // with unit price: one row per invoice line
	FieldUnitPrice   Field = "unit_price"
	FieldLineAmount  Field = "line_amount"
	FieldTax         Field = "tax"
	FieldDiscountPct Field = "discount_percent"

	FieldPaymentDate   Field = "payment_date"
	FieldPaymentAmount Field = "payment_amount"
	FieldPaymentID     Field = "payment_id"
	FieldPayer         Field = "payer"
	FieldMethod        Field = "method"

	// Recognised so that they are not mistaken for something else, and so that a file of nothing else is refused well.
	FieldBucket    Field = "aging_bucket"
	FieldDaysCount Field = "days"
	FieldMeasure   Field = "measure"
)

// Fields lists the fields that a column can be given, in the order a person would look for them.
func Fields(k Kind) []Field {
	customer := []Field{FieldCustomerNumber, FieldCustomerName, FieldEmail}
	switch k {
	case Customers:
		return append(customer, FieldPhone, FieldStreet, FieldPostalCode, FieldCity, FieldCountry, FieldVATID,
			FieldChamberNo, FieldIBAN, FieldLanguage, FieldTermDays, FieldCreditLimit, FieldIgnore)
	case Payments:
		return append(customer, FieldPaymentDate, FieldPaymentAmount, FieldPaymentID, FieldNumber, FieldCurrency,
			FieldPayer, FieldIBAN, FieldMethod, FieldReference, FieldIgnore)
	}
	return append(customer, FieldNumber, FieldType, FieldIssued, FieldDue, FieldTermDays, FieldTotal, FieldOpen, FieldPaid,
		FieldSettledOn, FieldCurrency, FieldStatus, FieldClearing, FieldPO, FieldReference, FieldDescription, FieldDebit, FieldCredit,
		FieldSide, FieldQuantity, FieldUnitPrice, FieldLineAmount, FieldTax, FieldDiscountPct, FieldIgnore)
}
