package demo

import "github.com/voldaan/voldaan/backend/ledger"

// habit is how a customer pays.
type habit uint8

const (
	early   habit = iota // takes the discount where there is one
	prompt               // around the due date
	late                 // one to three weeks late
	slow                 // a month late and more
	inParts              // half now, half later
	byCard               // small amounts, at once, online
)

// profile is one customer of the sample firm: invented names in the trade of a baker who delivers to kitchens.
type profile struct {
	name, city, postcode, street string
	contact                      string
	habit                        habit
	terms                        int // days
	every                        int // days between invoices
	from, to                     int64
	party                        ledger.Party
	language, country, currency  string
}

// profiles are the customers in the order of their numbers, from 10001 on.
var profiles = []profile{
	{"Grand Café De Waag", "Deventer", "7411 JW", "Brink 56", "Marieke Hulst", prompt, 14, 25, 18000, 62000, biz, "nl", "NL", "EUR"},
	{"Jansen Bouw B.V.", "Apeldoorn", "7327 AC", "Kanaal Noord 118", "Theo Jansen", late, 30, 30, 42000, 210000, biz, "nl", "NL", "EUR"},
	{"Hotel Restaurant De Keizerskroon", "Zutphen", "7201 DN", "Houtmarkt 79", "Annelies Bos", early, 30, 20, 90000, 260000, biz, "nl", "NL", "EUR"},
	{"Zorggroep Sint Maarten", "Denekamp", "7591 BD", "Kerkplein 14", "Crediteurenadministratie", prompt, 30, 30, 140000, 420000, pub, "nl", "NL", "EUR"},
	{"Lunchroom Het Zoete Broodje", "Zwolle", "8011 PE", "Diezerstraat 33", "Fatima el Amrani", byCard, 14, 28, 6500, 24000, biz, "nl", "NL", "EUR"},
	{"Vermeer Catering B.V.", "Hengelo", "7553 LK", "Binnenhavenstraat 2", "Rob Vermeer", slow, 30, 24, 110000, 390000, biz, "nl", "NL", "EUR"},
	{"Basisschool De Regenboog", "Raalte", "8102 HJ", "Stationsstraat 21", "Ingrid Tempelman", prompt, 30, 60, 8000, 19000, pub, "nl", "NL", "EUR"},
	{"Eetcafé 't Ossenhoofd", "Holten", "7451 AA", "Dorpsstraat 8", "Henk Nijland", late, 14, 28, 15000, 48000, biz, "nl", "NL", "EUR"},
	{"Buitenplaats Rande", "Diepenveen", "7431 PT", "Randerstraat 1", "Willemijn van Rande", early, 30, 35, 36000, 98000, biz, "nl", "NL", "EUR"},
	{"IJsselkade Events", "Kampen", "8261 AC", "IJsselkade 22", "Dennis Post", inParts, 30, 45, 95000, 310000, biz, "nl", "NL", "EUR"},
	{"Restaurant Bij Bart", "Ommen", "7731 DM", "Markt 3", "Bart Dijkstra", slow, 14, 30, 22000, 76000, biz, "nl", "NL", "EUR"},
	{"Van Dalen Accountants", "Almelo", "7607 HB", "Wierdensestraat 40", "Secretariaat", prompt, 14, 40, 4500, 16000, biz, "nl", "NL", "EUR"},
	{"Gemeente Olst-Wijhe", "Wijhe", "8131 AX", "Raadhuisplein 1", "Financiële administratie", prompt, 30, 50, 12000, 46000, pub, "nl", "NL", "EUR"},
	{"Koffiebranderij Zwart Goud", "Enschede", "7511 PK", "Haverstraatpassage 12", "Sanne ter Braak", early, 14, 28, 16000, 52000, biz, "nl", "NL", "EUR"},
	{"Camping De Bosrand", "Nijverdal", "7441 DK", "Nijverdalsebergweg 7", "Gerrit Wolterink", late, 30, 38, 28000, 120000, biz, "nl", "NL", "EUR"},
	{"Bakkerswinkel Ten Have", "Lochem", "7241 CP", "Walderstraat 15", "Joke ten Have", prompt, 14, 21, 21000, 44000, biz, "nl", "NL", "EUR"},
	{"Stichting Dorpshuis Laren", "Laren", "7245 AM", "Holterweg 9", "Penningmeester", late, 30, 60, 5500, 21000, biz, "nl", "NL", "EUR"},
	{"Hof van Salland", "Hellendoorn", "7447 AE", "Dorpsstraat 30", "Esther Kamphuis", prompt, 30, 26, 64000, 175000, biz, "nl", "NL", "EUR"},
	{"Kwekerij Groot Wetsinge", "Genemuiden", "8281 JH", "Klinkerweg 4", "Arend Wetsinge", slow, 30, 45, 11000, 38000, biz, "nl", "NL", "EUR"},
	{"De Smaakfabriek", "Zwolle", "8021 EV", "Ceintuurbaan 15", "Youssef Benali", inParts, 14, 24, 52000, 160000, biz, "nl", "NL", "EUR"},
	{"Café-Zaal Het Wapen", "Rijssen", "7461 TA", "Haarstraat 11", "Johan Ligtenberg", late, 14, 32, 14000, 57000, biz, "nl", "NL", "EUR"},
	{"Twentse Huishoudschool", "Oldenzaal", "7571 CE", "Markt 20", "Mirjam Oude Elferink", prompt, 30, 40, 19000, 51000, pub, "nl", "NL", "EUR"},
	{"Boerderijwinkel Erve Wissink", "Borne", "7622 PA", "Oude Hengeloseweg 60", "Lianne Wissink", byCard, 14, 30, 7000, 23000, biz, "nl", "NL", "EUR"},
	{"Partyboot Salland", "Hattem", "8051 CM", "Geldersedijk 5", "Koen Brinkman", slow, 14, 55, 35000, 140000, biz, "nl", "NL", "EUR"},
	{"Ziekenhuis De Lindenhof", "Deventer", "7416 SE", "Nico Bolkesteinlaan 75", "Afdeling Inkoop", prompt, 30, 15, 180000, 460000, pub, "nl", "NL", "EUR"},
	{"Wijnhandel Van Wees", "Apeldoorn", "7311 KL", "Hoofdstraat 101", "Paul van Wees", early, 14, 42, 9000, 33000, biz, "nl", "NL", "EUR"},
	{"Theater Bouwkunde Foyer", "Deventer", "7411 SH", "Klooster 4", "Productiebureau", late, 30, 40, 12000, 58000, biz, "nl", "NL", "EUR"},
	{"Sportkantine SV Dalfsen", "Dalfsen", "7721 BR", "Gerner Es 16", "Kantinecommissie", slow, 30, 50, 8000, 26000, biz, "nl", "NL", "EUR"},
	{"Logistiek Centrum Oost", "Almelo", "7602 EA", "Plesmanweg 9", "Miranda Kuiper", prompt, 30, 30, 31000, 87000, biz, "nl", "NL", "EUR"},
	{"Bistro Noir", "Enschede", "7514 DA", "Walstraat 45", "Lucas Meijerink", late, 14, 26, 24000, 79000, biz, "nl", "NL", "EUR"},
	{"Kasteel Engelenburg", "Brummen", "6971 JD", "Eerbeekseweg 6", "Charlotte Verhoeven", early, 30, 24, 82000, 240000, biz, "nl", "NL", "EUR"},
	{"Mw. A. de Ruiter", "Deventer", "7413 VC", "Lange Zandstraat 12", "A. de Ruiter", prompt, 14, 120, 4500, 14000, priv, "nl", "NL", "EUR"},
	{"Dhr. P. Hendriksen", "Twello", "7391 AS", "Duistervoordseweg 88", "P. Hendriksen", slow, 14, 150, 6000, 22000, priv, "nl", "NL", "EUR"},
	{"Restaurant Chez Louis", "Antwerpen", "2000", "Hoogstraat 17", "Louis Peeters", prompt, 30, 30, 38000, 110000, biz, "nl", "BE", "EUR"},
	{"Brasserie du Parc SPRL", "Liège", "4000", "Rue de la Régence 22", "Claire Lambert", late, 30, 35, 41000, 130000, biz, "fr", "BE", "EUR"},
	{"Boulangerie Maes & Fils", "Namur", "5000", "Rue de Fer 61", "Olivier Maes", early, 30, 40, 26000, 74000, biz, "fr", "BE", "EUR"},
	{"Landgasthof Zur Linde GmbH", "Gronau", "48599", "Enscheder Straße 14", "Petra Brinkhues", prompt, 30, 32, 45000, 125000, biz, "de", "DE", "EUR"},
	{"Hotel Münsterländer Hof", "Ahaus", "48683", "Markt 2", "Buchhaltung", late, 30, 28, 56000, 150000, biz, "de", "DE", "EUR"},
	{"The Dutch Deli Ltd", "London", "E1 6QL", "14 Brick Lane", "Oliver Grant", prompt, 30, 35, 32000, 96000, biz, "en", "GB", "GBP"},
	{"Amsterdam Coffee House Ltd", "Manchester", "M1 1AE", "3 Dale Street", "Priya Shah", slow, 30, 32, 21000, 68000, biz, "en", "GB", "GBP"},
	{"North Sea Hampers", "Edinburgh", "EH6 6QW", "51 The Shore", "Fiona Muir", slow, 30, 60, 48000, 170000, biz, "en", "GB", "GBP"},
	{"Personeelsrestaurant Stork", "Hengelo", "7553 LZ", "Industriestraat 25", "Facilitair", prompt, 30, 22, 61000, 145000, biz, "nl", "NL", "EUR"},
	{"Strandpaviljoen Bussloo", "Wilp", "7384 GA", "Bloemenksweg 38", "Tim Groen", slow, 14, 30, 19000, 88000, biz, "nl", "NL", "EUR"},
	{"Kinderopvang De Krekel", "Bathmen", "7437 BA", "Dorpsstraat 55", "Nienke Stegeman", byCard, 14, 30, 5500, 17000, biz, "nl", "NL", "EUR"},
	{"Slagerij Huisken", "Neede", "7161 EA", "Borculoseweg 12", "Freek Huisken", prompt, 14, 35, 9500, 27000, biz, "nl", "NL", "EUR"},
	{"Grand Hotel Wientjes", "Zwolle", "8011 TA", "Stationsweg 7", "Afdeling crediteuren", inParts, 30, 20, 88000, 240000, biz, "nl", "NL", "EUR"},
	{"Theetuin De Wije Werelt", "Olst", "8121 AB", "Aaldert Geertsstraat 3", "Roos Wierda", byCard, 14, 45, 4800, 15500, biz, "nl", "NL", "EUR"},
	{"Bedrijfscatering Oost Nederland B.V.", "Deventer", "7418 EV", "Zweedsestraat 8", "Harm Slotman", late, 30, 16, 120000, 340000, biz, "nl", "NL", "EUR"},
	{"Museumcafé De Fundatie", "Heino", "8141 PD", "Kasteellaan 3", "Judith Prins", early, 30, 38, 17000, 49000, biz, "nl", "NL", "EUR"},
	{"Scouting Schipbeek", "Bathmen", "7437 PD", "Schipbeeksweg 2", "Penningmeester", late, 30, 120, 6000, 18000, biz, "nl", "NL", "EUR"},
	{"Broodje Mario", "Apeldoorn", "7311 JM", "Beekstraat 19", "Mario Conti", slow, 14, 18, 13000, 39000, biz, "nl", "NL", "EUR"},
	{"De Vries Verhuur", "Meppel", "7941 LC", "Industrieweg 12", "Ellen de Vries", prompt, 14, 50, 7000, 29000, biz, "nl", "NL", "EUR"},
	{"Landgoed De Wittenberg", "Wezep", "8091 PA", "Wittenbergweg 1", "Reserveringen", prompt, 30, 33, 44000, 132000, biz, "nl", "NL", "EUR"},
	{"Coöperatie Melkbus U.A.", "Heerde", "8181 ZK", "Zwolseweg 77", "Wim Docter", early, 30, 45, 23000, 61000, biz, "nl", "NL", "EUR"},
	{"Poffertjeskraam Fam. Kiewiet", "Vaassen", "8171 AK", "Dorpsplein 1", "Gré Kiewiet", slow, 14, 70, 5000, 19000, biz, "nl", "NL", "EUR"},
	{"Universiteit Twente Horeca", "Enschede", "7522 NB", "Drienerlolaan 5", "Accounts payable", prompt, 30, 14, 96000, 280000, pub, "nl", "NL", "EUR"},
	{"Eetwinkel De Buren", "Goor", "7471 AK", "Grotestraat 100", "Samira Yilmaz", inParts, 14, 28, 16000, 45000, biz, "nl", "NL", "EUR"},
	{"Herberg De Gouden Leeuw", "Markelo", "7475 AM", "Goorseweg 1", "Anton Leussink", late, 30, 36, 27000, 84000, biz, "nl", "NL", "EUR"},
	{"Feestzaal Het Spieker", "Vroomshoop", "7681 BA", "Hammerstraat 31", "Gea Bolks", inParts, 30, 44, 33000, 115000, biz, "nl", "NL", "EUR"},
	{"Vroege Vogels Ontbijtservice", "Deventer", "7412 XG", "Boreelplein 60", "Noor Schutte", early, 14, 22, 14000, 41000, biz, "nl", "NL", "EUR"},
}

const (
	biz  = ledger.PartyBusiness
	pub  = ledger.PartyPublic
	priv = ledger.PartyConsumer
)

var classes = map[ledger.Party]string{biz: "Zakelijk", pub: "Overheid en zorg", priv: "Particulier"}

// goods are what is on the invoices.
var goods = []string{"Broodlevering", "Banket en gebak", "Levering desembrood", "Lunchpakketten", "Ontbijtservice", "Wekelijkse levering", "Gebak vergaderingen", "Bake-off assortiment"}
