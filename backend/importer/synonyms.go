package importer

// synonyms are the titles of columns in Dutch, English, French and German (and the field names of well known programs),
// as plainTitle writes them. The first group of a field says exactly that; the second can also mean something else,
// so that the content and the other columns decide; the third is taken when nothing better claims the column.
var synonyms = map[Field][3][]string{
	FieldCustomerNumber: {
		{"customernumber", "customerno", "customernr", "customerid", "custnumber", "custno", "customercode", "accountnumber",
			"accountno", "accountcode", "contactaccountnumber", "clientnumber", "clientid", "clientno", "debtornumber", "debtorno",
			"debtorcode", "klantnummer", "klantnr", "klantcode", "debiteurnummer", "debiteurennummer", "debiteurnr", "debiteurennr",
			"debnr", "debiteurcode", "relatiecode", "relatienummer", "relatienr", "kundennummer", "kundennr", "kdnr",
			"kundenr", "debitorennummer", "debitornummer", "debitorennr", "debitornr", "debitorenkonto", "numeroclient",
			"noclient", "nclient", "codeclient", "clientcode", "referenceclient", "compteclient", "numerocompteclient", "compauxnum",
			"cislozakaznika", "selltocustomerno", "billtocustomerno", "customernumberid", "partnerid", "nummerdebiteur", "kontodebitor",
			"mitgliedsnummer", "mitgliedsnr", "mitgliednr", "membernumber", "memberno", "memberid", "lidnummer", "lidnr", "numeroadherent", "kundenid", "klantid", "debiteurid"},
		{"code", "konto", "account", "customer", "client", "klant", "relatie", "debiteur", "debitor", "compte", "ac", "kunde", "partnernumber", "partner", "codetiers", "tiers", "derde", "derdennummer", "derdenr", "debcode"},
		{"nummer", "numero", "number", "no", "id", "nr"},
	},
	FieldCustomerName: {
		{"customername", "namecustomer", "customerfullname", "clientname", "debtorname", "accountname", "contactname", "companyname",
			"partnername", "klantnaam", "naamklant", "debiteurnaam", "debiteurennaam", "naamdebiteur", "relatienaam", "bedrijfsnaam",
			"kundenname", "debitorenname", "namekunde", "firmenname", "nomclient", "nomduclient", "raisonsociale", "compauxlib",
			"nazevzakaznika", "invoicepartnerdisplayname", "intituleclient", "selltocustomername", "billtoname", "billto", "soldto", "invoicedto", "invoiceto", "factuuraan", "rechnungan", "factureea", "adressea", "customercompany", "clientcompany", "nomtiers",
			"empfanger", "empfaenger", "rechnungsempfanger", "rechnungsempfaenger", "recipient", "billedto", "afnemer", "geadresseerde", "destinataire", "membername", "mitglied"},
		{"name", "naam", "nom", "customer", "client", "klant", "debiteur", "relatie", "kunde", "debitor", "contact", "company",
			"bedrijf", "firma", "societe", "entreprise", "partner", "organisatie", "organization", "account", "intitule"},
	},
	FieldEmail: {
		{"email", "emailaddress", "emailadres", "mail", "mailadres", "courriel", "adressemail", "adresseemail", "mailadresse",
			"emailadresse", "contactemail", "customeremail", "invoiceemail", "factuuremail"}, nil},
	FieldPhone: {
		{"phone", "phonenumber", "telephone", "telefoon", "telefoonnummer", "telefon", "telefonnummer", "tel", "mobile", "mobiel",
			"telephonenumber", "numerodetelephone"}, nil},
	FieldStreet: {
		{"street", "streetaddress", "addressline1", "address1", "straat", "straatnaam", "adres", "adresregel1", "strasse",
			"strassehausnummer", "rue", "adresse1", "poaddressline1", "billingstreet"},
		{"address", "adresse", "billingaddress", "factuuradres"}},
	FieldPostalCode: {{"postalcode", "postcode", "zip", "zipcode", "plz", "postleitzahl", "codepostal", "popostalcode", "cp"}, nil},
	FieldCity:       {{"city", "town", "plaats", "woonplaats", "stad", "ort", "stadt", "ville", "pocity", "plaatsnaam"}, nil},
	FieldCountry:    {{"country", "land", "pays", "countrycode", "landcode", "pocountry", "laendercode"}, nil},
	FieldVATID: {{"vatid", "vatnumber", "vatno", "btwnummer", "btwnr", "btwid", "ustid", "ustidnr", "euustidnr", "numerotva", "ntva",
		"tvaintracommunautaire", "numerodetva", "umsatzsteuerid"}, {"taxid", "taxnumber"}},
	FieldChamberNo: {{"kvk", "kvknummer", "kvknr", "chamberofcommerce", "cocnumber", "siren", "siret", "handelsregisternummer",
		"ondernemingsnummer", "numeroentreprise"}, nil},
	FieldIBAN: {{"iban", "ibannr", "ibannummer", "bankaccount", "bankrekening", "rekeningnummer", "bankkonto", "compteiban",
		"payeriban", "tegenrekening"}, nil},
	FieldLanguage: {{"language", "taal", "taalcode", "sprache", "langue"}, nil},
	FieldTermDays: {{"paymentterm", "paymenttermdays", "termdays", "betaaltermijn", "betalingstermijn", "betaaltermijndagen",
		"zahlungsziel", "zahlungszieltage", "delaidepaiement", "paymentdays", "netdays"}, {"terms", "paymentterms", "betaalconditie"}},
	FieldCreditLimit: {{"creditlimit", "kredietlimiet", "kreditlimit", "plafonddecredit", "encoursautorise"}, nil},

	FieldNumber: {
		{"invoicenumber", "invoiceno", "invoicenr", "invoiceid", "invno", "invnumber", "invoicenum", "documentnumber", "documentno",
			"docno", "docnumber", "billnumber", "billno", "trxnumber", "transactionnumber", "factuurnummer", "factuurnr",
			"nummerfactuur", "faktuurnummer", "documentnummer", "rechnungsnummer", "rechnungsnr", "rechnungnr", "renr", "belegnummer",
			"belegnr", "belegfeld1", "numerofacture", "nfacture", "nofacture", "numerodefacture", "numfacture", "nodefacture",
			"ndefacture", "piecenumber", "numeropiece", "numerodepiece", "npiece", "cislodokladu", "refno", "arid",
			"invoicenumberid", "boekstuknummer", "boekstuknr", "stuknummer", "stuknr", "docnr", "docnum", "documentnr", "faktuurnr", "factnr", "factnummer",
			"rechnungno", "rgnr", "rechnr", "opnummer", "opnr", "numpiece", "numdocument", "numerododocument", "numerodocument", "ndocument", "nodocument", "referencefacture", "vouchernumber", "voucherno"},
		{"num", "number", "no", "nummer", "invoice", "factuur", "rechnung", "facture", "document", "boekstuk", "pieceref", "piece",
			"onzeref", "ourref", "name", "reference", "ref", "beleg", "invoices", "factuurreferentie", "nr", "numero",
			"transactionid", "boekstnr", "entrynumber", "refnumber", "stuk", "voucher", "doc", "dokument"},
		{"id"},
	},
	FieldType: {
		{"transactiontype", "documenttype", "doctype", "invoicetype", "documentsoort", "soortdocument", "factuursoort", "belegart",
			"typedocument", "typededocument", "typededoc", "typdokladu", "typedokladu", "movetype", "typepiece", "transtype", "trxtype", "trxclass", "belegtyp", "buchungstyp", "vorgangsart", "naturepiece"},
		{"type", "soort", "art", "class", "kind", "ty", "typ", "nature"},
	},
	FieldIssued: {
		{"invoicedate", "docdate", "dateofinvoice", "dateissued", "issuedate", "issued", "documentdate", "billdate", "transactiondate", "trxdate",
			"factuurdatum", "datumfactuur", "factuurdat", "fakturadatum", "faktdatum", "rechnungsdatum", "rechnungsdat", "rgdatum", "redatum", "belegdatum", "belegdat", "datefacture", "datedefacture", "datedelafacture",
			"datedemission", "dateemission", "datedepiece", "datepiece", "boekstukdatum", "invoicebilldate", "zuctovacidatum"},
		{"date", "datum", "boekdatum", "postingdate", "buchungsdatum", "boekstuk", "createddate", "entrydate", "datecomptable", "issuedon"},
	},
	FieldDue: {
		{"duedate", "datedue", "dueindate", "netduedate", "paymentduedate", "invoicedatedue", "dueon", "dateduedate", "maturitydate", "trxduedate",
			"vervaldatum", "vervalt", "vervaldag", "datumvervallen", "verval", "uiterstebetaaldatum", "betaaldatumuiterlijk",
			"nettovervaldatum", "falligkeit", "faelligkeit", "falligkeitsdat", "faelligkeitsdatum", "vervaldat", "vervdatum", "falligkeitsdatum", "falligam", "nettofalligkeit",
			"faelligam", "dateecheance", "datedecheance", "echeance", "datelimitedepaiement", "datumsplatnosti", "dateexigibilite"},
		{"due", "expires", "zahlbarbis", "payby", "netduedt", "duedt", "nettofall", "fallig", "faellig", "falligper", "falligbis", "zahlbarbis", "expiresat"},
	},
	FieldTotal: {
		{"invoiceamount", "invoicetotal", "totalinvoice", "totalamount", "amounttotal", "amountinvoiced", "grossamount", "totalgross",
			"originalamount", "amountdueoriginal", "amountincltax", "invoicevalue", "amounttotalsigned", "totalinclvat",
			"totalincltax", "factuurbedrag", "totaalfactuurbedrag", "bedragfactuur", "totaalbedrag", "totaalincl", "totaalinclusief",
			"bedragincl", "bedraginclusief", "brutobedrag", "rechnungsbetrag", "bruttobetrag", "gesamtbetrag", "rechnungsbetragbrutto",
			"rechnungssumme", "montantfacture", "montanttotal", "montantttc", "totalttc", "montantdelafacture", "puvodnicastka",
			"totalinvoiceamount", "amtinloccur", "amountinlc", "amountinloccurr", "amountindoccurr", "amountindocumentcurrency", "betraginbelegwahrung", "invoiceamt", "invamount", "invamt", "totalamt", "betraginhauswahrung", "bedraginlokalevaluta", "amountinlocalcurrency", "factuurtotaal", "totaldocument",
			"invoiceamountinclvat", "oorspronkelijkbedrag", "ursprungsbetrag", "montantinitial", "montantdorigine", "transactionamountdc", "transactionamountfc"},
		{"amount", "total", "bedrag", "betrag", "montant", "totaal", "summe", "gesamt",
			"value", "brutto", "bruto", "gross", "original", "invoiced", "gefactureerd", "umsatz", "amt", "amountdc", "amountfc"},
		{"factuur", "invoice", "rechnung", "facture"}, // numbers first: see namesDocument
	},
	FieldOpen: {
		{"openbalance", "openamount", "amountdue", "amountopen", "amountoutstanding", "outstandingamount", "outstanding",
			"balancedue", "remainingamount", "remainingamt", "remaining", "amountresidual", "amountresidualsigned", "balanceduecurr",
			"invoiceamountdue", "pendingamount", "unpaid", "unpaidamount", "outstandingbalance", "totalopenamount", "totaldue",
			"openstaand", "openstaandbedrag", "bedragopen", "openbedrag", "openstaandsaldo", "saldoopen", "nogtebetalen",
			"nogteontvangen", "restant", "restbedrag", "tebetalen", "offenerbetrag", "offen", "offenersaldo", "restbetrag", "saldooffen",
			"betragoffen", "montantdu", "resteapayer", "soldedu", "montantrestant", "resteadu", "restantdu", "montantouvert",
			"zustatek", "resteapercevoir", "totalopen", "opentotal", "openamt", "outstandingamt", "dueamount", "dueamt", "remainingbalance", "openvalue", "saldoopenstaand", "openstaandebedrag", "openstaandsaldoeur", "balanceamt", "openbal", "restedu", "resteapaye"},
		{"balance", "saldo", "solde", "open", "due", "rest", "totaloutstanding"},
	},
	FieldPaid: {
		{"amountpaid", "invoiceamountpaid", "paidamount", "totalpaid", "betaaldbedrag", "bedragbetaald", "reedsbetaald", "voldaan",
			"bezahlt", "bezahlterbetrag", "gezahlt", "montantpaye", "montantregle", "dejapaye", "ontvangenbedrag", "amountreceived",
			"receivedamount", "paymentsapplied", "betragerhalten", "erhaltenerbetrag", "montantrecu", "bedragontvangen"},
		{"zahlungseingang", "geldeingang", "ontvangst", "encaissement", "paid", "betaald", "paye", "regle", "received", "ontvangen", "payments"},
	},
	FieldSettledOn: {
		{"settleddate", "datesettled", "paiddate", "datepaid", "paidon", "receiveddate", "datereceived", "cleardate", "clearingdate",
			"fullypaiddate", "betaaldop", "datumbetaald", "betaaldatum", "voldaanop", "bezahltam", "ausgleichsdatum", "zahldatum",
			"zahlungsdatum", "datepaiement", "datedepaiement", "datereglement", "payele", "closeddate", "settlementdate", "afgeletterdop"},
		{"paymentdate", "closed", "zahlungseingang", "geldeingang", "ontvangst", "encaissement"},
	},
	FieldCurrency: {
		{"currency", "currencycode", "currencyid", "invoicecurrency", "invoicecurrencycode", "valuta", "valutacode", "munt",
			"muntsoort", "wahrung", "waehrung", "wkz", "wkzumsatz", "hauswahrung", "hauswaehrung", "devise", "monnaie", "codedevise",
			"kodmeny", "localcurrency", "idevise", "documentcurrency", "lcurr", "doccurr", "belegwahrung", "companycurrency"}, {"cur", "ccy", "curr"}},
	FieldStatus: {
		{"status", "invoicestatus", "paymentstatus", "paymentstate", "paidstatus", "betaalstatus", "factuurstatus", "statut", "etat",
			"zahlungsstatus", "statutpaiement", "state", "symbolpostenoffenausg", "symbolpostenoffenausgeglichen"}, {"open", "isopen", "paid", "ispaid", "betaald", "bezahlt", "paye", "voldaan", "settled", "isbetaald"}},
	FieldClearing: {{"ausgleichsbeleg", "clearingdocument", "clrngdoc", "clearingdoc", "ausgleichsbelegnummer", "vereffeningsdocument", "ausglbeleg"}, nil},
	FieldPO: {
		{"ponumber", "pono", "po", "purchaseorder", "purchaseordernumber", "customerpo", "custpo", "inkoopordernummer", "inkooporder",
			"inkoopnummer", "bestelnummer", "bestellnummer", "bestellnr", "numerodecommande", "ncommande", "boncommande",
			"numerocommande", "ordernumber", "ordernummer", "externaldocumentno", "uwreferentie", "uwref", "yourref", "yourreference",
			"ihrereferenz", "votrereference", "referenceclientcommande"}, {"order", "commande", "auftrag"}},
	FieldReference: {
		{"betalingskenmerk", "paymentreference", "zahlungsreferenz", "structuredreference", "zuordnung", "assignment", "factuurreferentie",
			"invoicereference", "referencepaiement", "kenmerk", "referentie", "referenz", "mededeling", "verwendungszweck", "communication",
			"gestructureerdemededeling"}, {"reference", "ref"}},
	FieldDescription: {
		{"description", "omschrijving", "omschrijvingfactuur", "beschreibung", "libelle", "memo", "buchungstext", "bezeichnung", "subject",
			"onderwerp", "betreft", "betreff", "objet", "ecriturelib", "popispolozky", "belegkopftext"}, {"text", "note", "notes", "details",
			"tekst", "opmerking", "opmerkingen"}},
	FieldDebit:  {{"debit", "debet", "soll", "bedragsoll", "betragsoll", "debitamount", "debiteuren", "montantdebit"}, nil},
	FieldCredit: {{"credit", "haben", "betraghaben", "creditamount", "montantcredit"}, nil},
	FieldSide: {{"sollhabenkennz", "sollhabenkennzeichen", "sh", "debitcreditind", "debitcredit", "dc", "sens", "saldosh",
		"debetcredit", "cdindicator"}, nil},
	FieldQuantity:    {{"itemquantity", "quantity", "qty", "aantal", "menge", "quantite", "hoeveelheid", "anzahl"}, nil},
	FieldUnitPrice:   {{"itemrate", "unitrate", "unitamount", "unitprice", "price", "salesprice", "prijs", "stuksprijs", "stueckpreis", "einzelpreis", "prixunitaire", "pu", "eenheidsprijs"}, {"rate"}},
	FieldLineAmount:  {{"itemamount", "lineamount", "linetotal", "regelbedrag", "regeltotaal", "positionsbetrag", "zeilenbetrag", "montantligne"}, nil},
	FieldTax:         {{"taxamount", "taxtotal", "vatamount", "btwbedrag", "mwstbetrag", "montanttva", "totaltax", "btw", "vat", "tva", "mwst", "tax", "outstandingtax", "ust"}, nil},
	FieldDiscountPct: {{"discount", "discountpercent", "korting", "kortingpercent", "rabatt", "remise"}, nil},

	FieldPaymentDate: {
		{"paymentdate", "dateofpayment", "receiptdate", "betaaldatum", "betalingsdatum", "datumbetaling", "ontvangstdatum", "zahlungsdatum",
			"zahlungseingang", "datepaiement", "datedepaiement", "datereglement", "datedereglement", "valuedate", "dateencaissement",
			"datumontvangst", "receivedon", "eingangsdatum"},
		{"date", "datum", "receiveddate", "paidon", "boekdatum", "postingdate", "valuta"}},
	FieldPaymentAmount: {
		{"paymentamount", "amountpaid", "amountreceived", "receiptamount", "betaaldbedrag", "betalingsbedrag", "bedragbetaling",
			"ontvangenbedrag", "zahlungsbetrag", "montantpaiement", "montantdupaiement", "montantregle", "montantencaisse", "bedragontvangen",
			"receivedamount", "paidamount", "appliedamount"},
		{"amount", "bedrag", "betrag", "montant", "paid", "received"}},
	FieldPaymentID: {
		{"paymentid", "paymentnumber", "paymentno", "receiptnumber", "receiptno", "betalingsnummer", "betaalnummer", "zahlungsnummer",
			"numerodepaiement", "numeropaiement", "transactionid", "paymentref", "receiptid", "betaalnr"}, {"id", "number", "nummer"}},
	FieldPayer:  {{"payer", "payername", "betaler", "naambetaler", "zahler", "payeur", "tegenpartij", "counterparty", "receivedfrom", "auftraggeber"}, nil},
	FieldMethod: {{"paymentmethod", "betaalwijze", "betaalmethode", "betalingswijze", "zahlungsart", "zahlungsweise", "modedepaiement", "modereglement", "moyendepaiement", "paymenttype"}, {"method", "methode"}},

	FieldDaysCount: {
		{"days", "dagen", "tage", "jours", "dayslate", "daysoverdue", "dayspastdue", "overduebydays", "vervaldagen", "dagenoverschreden",
			"daystosettle", "age", "ouderdom", "alter", "dnupoosplatnosti", "tageoffen", "joursderetard", "retard", "dagenvervallen",
			"verzugstage", "dayspaid", "daysoutstanding", "overdue", "aging"}, nil},
	FieldMeasure: {
		{"averagedelay", "averagedelaydays", "ontimepercent", "totaloutstanding", "dso", "dsodayssalesoutstanding", "dayssalesoutstanding",
			"collectionrate", "cei", "averagedayslate", "averagedaystopay", "kpi", "metric", "measure", "value"}, nil},
}

// typeWords say what a cell of the type column makes of a row.
var typeWords = []struct {
	word string
	kind rowType
}{
	{"creditmemo", rowCredit}, {"creditnote", rowCredit}, {"creditnota", rowCredit}, {"creditinvoice", rowCredit},
	{"creditfactuur", rowCredit}, {"gutschrift", rowCredit}, {"avoir", rowCredit}, {"notedecredit", rowCredit}, {"notecredit", rowCredit},
	{"rechnungskorrektur", rowCredit}, {"stornorechnung", rowCredit}, {"outrefund", rowCredit}, {"salescredit", rowCredit},
	{"accreccredit", rowCredit}, {"dobropis", rowCredit}, {"credit", rowCredit}, {"cn", rowCredit}, {"crn", rowCredit}, {"cm", rowCredit}, {"dg", rowCredit},
	{"sc", rowCredit}, {"av", rowCredit}, {"gs", rowCredit}, {"gu", rowCredit}, {"cr", rowCredit}, {"cf", rowCredit}, {"creditmemos", rowCredit},
	{"unappliedpayment", rowPayment}, {"payment", rowPayment}, {"betaling", rowPayment}, {"zahlung", rowPayment}, {"paiement", rowPayment},
	{"reglement", rowPayment}, {"receipt", rowPayment}, {"ontvangst", rowPayment}, {"dz", rowPayment}, {"pmt", rowPayment}, {"pay", rowPayment}, {"platba", rowPayment},
	{"prepayment", rowPayment}, {"overpayment", rowPayment}, {"deposit", rowPayment}, {"sa", rowPayment}, {"sr", rowPayment}, {"vooruitbetaling", rowPayment},
	{"anzahlung", rowPayment}, {"acompte", rowPayment},
	{"financecharge", rowDebit}, {"debitnote", rowDebit}, {"debitmemo", rowDebit}, {"statementcharge", rowDebit}, {"debetnota", rowDebit},
	{"invoice", rowInvoice}, {"factuur", rowInvoice}, {"rechnung", rowInvoice}, {"facture", rowInvoice}, {"faktura", rowInvoice},
}

// statusWords say what a cell of a status column makes of an invoice.
var statusWords = []struct {
	word   string
	status rowStatus
}{
	{"partiallypaid", statusPartly}, {"partpaid", statusPartly}, {"partial", statusPartly}, {"deelsbetaald", statusPartly},
	{"gedeeltelijkbetaald", statusPartly}, {"teilweisebezahlt", statusPartly}, {"teilbezahlt", statusPartly},
	{"partiellementpaye", statusPartly}, {"notpaid", statusOpen}, {"unpaid", statusOpen}, {"onbetaald", statusOpen},
	{"nietbetaald", statusOpen}, {"unbezahlt", statusOpen}, {"impaye", statusOpen}, {"nonpaye", statusOpen},
	{"awaitingpayment", statusOpen}, {"offen", statusOpen}, {"open", statusOpen}, {"wachtopbetaling", statusOpen}, {"tebetalen", statusOpen},
	{"draft", statusVoid}, {"concept", statusVoid}, {"entwurf", statusVoid}, {"brouillon", statusVoid}, {"void", statusVoid},
	{"voided", statusVoid}, {"deleted", statusVoid}, {"cancelled", statusVoid}, {"canceled", statusVoid}, {"geannuleerd", statusVoid},
	{"storniert", statusVoid}, {"annule", statusVoid}, {"annulee", statusVoid}, {"vervallenverklaard", statusVoid},
	{"paid", statusPaid}, {"betaald", statusPaid}, {"voldaan", statusPaid}, {"bezahlt", statusPaid}, {"paye", statusPaid},
	{"payee", statusPaid}, {"reglee", statusPaid}, {"received", statusPaid}, {"settled", statusPaid}, {"closed", statusPaid},
	{"cleared", statusPaid}, {"ausgeglichen", statusPaid}, {"afgeletterd", statusPaid}, {"soldee", statusPaid},
}

// totalWords begin the label of a row that adds up others.
var totalWords = []string{"total", "totaal", "totalen", "subtotal", "subtotaal", "soustotal", "summe", "gesamt", "zwischensumme", "endsumme",
	"grandtotal", "eindtotaal", "generaltotaal", "somme", "saldo", "solde", "balance", "sum", "reporttotal", "teltotaal"}

// bucketWords mark columns and rows of an aging summary.
var bucketWords = []string{"notpastdue", "nietvervallen", "nichtfallig", "nonechu", "current", "lessthan1year", "lessthanoneyear",
	"older", "ouder", "alter", "future", "pasensouffrance"}

// measureWords mark columns of key figures.
var measureWords = []string{"average", "avg", "gemiddeld", "durchschnitt", "moyen", "percent", "ratio", "median", "mediaan", "dso", "kpi"}

// partWords mark columns of something less than the whole amount; a title that has one is not guessed.
var partWords = []string{"tax", "vat", "btw", "mwst", "tva", "excl", "netto", "horstaxe", "korting", "discount", "rabatt", "remise", "subtotal", "subtotaal",
	"kosten", "fee", "gst", "exbtw", "zonderbtw", "netamount", "nettotal", "netvalue", "netsales", "taxable",
	"overdue", "pastdue", "uberfallig", "ueberfallig", "limit", "days", "dagen", "tage", "jours"}

// aboutWords mark columns that say something about a customer or an invoice: "customer_grade" names nobody.
var aboutWords = []string{"grade", "segment", "type", "class", "group", "groep", "gruppe", "groupe", "category", "categorie", "since", "sinds", "seit", "tier", "rating",
	"region", "risk", "industry", "branche", "sector", "score", "age", "gender", "status", "count", "aantal", "anzahl", "parent", "manager"}

// wholeWords take that back: "Amount (incl. VAT)".
var wholeWords = []string{"inc", "ink", "ttc", "brut", "gross", "compris"}
