package isocode

// otherLanguages are the names of languages in TMDB and TVmaze that Unicode (CLDR) does not have.
// TMDB's cn is Cantonese, which has no code of its own in ISO 639-1.
const otherLanguages = `
	ab Abkhazian
	bm Bamanankan
	bn Bangla; Bengali
	cu Slavic; Church Slavic
	dv Divehi; Dhivehi
	fa Persian; Farsi
	ff Fulah
	fy Frisian
	gd Gaelic; Scottish Gaelic
	he Hebrew; iw
	ht Haitian; Haitian Creole; Haitian Haitian Creole
	id Indonesian; in
	kg Kongo
	kl Greenlandic; Kalaallisut
	ky Kyrgyz; Kirghiz
	lb Luxembourgish; Letzeburgesch
	nb Norwegian Bokmål; Bokmål
	nd Ndebele
	no Norwegian
	ny Chichewa; Nyanja; Chichewa Nyanja
	or Oriya; Odia
	os Ossetian; Ossetic; Ossetian Ossetic
	pa Punjabi; Panjabi
	ps Pashto; Pushto
	rm Romansh; Raeto-Romance
	ru Pусский
	sg Sango
	sh Serbo-Croatian
	si Sinhalese; Sinhala
	tl Tagalog; Filipino
	tw Twi
	ug Uighur; Uyghur
	yi Yiddish; ji
	zh Chinese; Mandarin; Cantonese; cn; 广州话 / 廣州話; 普通话
`

// otherCountries are names in TMDB and others that differ from those of Unicode (CLDR).
const otherCountries = `
	BN Brunei Darussalam
	BO Bolivia, Plurinational State of
	BQ Bonaire, Sint Eustatius and Saba
	CC Cocos Islands
	CD Democratic Republic of the Congo; Congo, Democratic Republic of; Congo - Kinshasa
	CG Congo; Republic of the Congo
	CI Cote d'Ivoire; Côte d’Ivoire; Ivory Coast
	CV Cape Verde; Cabo Verde
	CZ Czech Republic; Czechia
	FK Falkland Islands; Falkland Islands (Malvinas)
	FM Micronesia; Micronesia, Federated States of
	GB United Kingdom; UK; Great Britain; England; Scotland; Wales; Northern Ireland
	GS South Georgia and the South Sandwich Islands
	HK Hong Kong
	HM Heard and McDonald Islands
	IR Iran; Iran, Islamic Republic of
	KP North Korea; Korea, Democratic People's Republic of
	KR South Korea; Korea, Republic of; Korea
	LA Laos; Lao People's Democratic Republic
	LY Libya; Libyan Arab Jamahiriya
	MD Moldova; Moldova, Republic of
	MK Macedonia; North Macedonia; The former Yugoslav Republic of Macedonia
	MM Myanmar; Burma
	MO Macau; Macao
	PN Pitcairn
	PS Palestine; Palestinian Territory; Palestinian Territory, Occupied
	RU Russia; Russian Federation
	SH St. Helena; Saint Helena
	SJ Svalbard and Jan Mayen; Svalbard & Jan Mayen Islands
	SY Syria; Syrian Arab Republic
	SZ Swaziland; Eswatini
	TL Timor-Leste; East Timor
	TR Turkey; Türkiye
	TW Taiwan; Taiwan, Province of China
	TZ Tanzania; Tanzania, United Republic of
	US United States of America; United States; USA; U.S.A.
	VA Vatican City; Holy See
	VE Venezuela; Venezuela, Bolivarian Republic of
	VG British Virgin Islands; Virgin Islands, British
	VI US Virgin Islands; Virgin Islands, U.S.
	VN Vietnam; Viet Nam
	WF Wallis and Futuna; Wallis and Futuna Islands
`
