//! The fields that a column of a file can hold, and the headers in French and English that mean them.

use super::staged::ImportKind;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Field {
    /// Code of the product.
    Sku,
    /// Name of the product.
    Name,
    /// One barcode, or several.
    Barcode,
    /// Path of the category.
    Category,
    /// Unit word.
    Unit,
    /// Selling price of a unit.
    Price,
    /// Purchase cost of a unit.
    Cost,
    /// Tax rate in percent.
    TaxRate,
    /// Level below which to order.
    ReorderLevel,
    /// A count of the stock.
    StockSet,
    /// What is added to the stock.
    StockAdd,
    /// Stock that may be a count or an addition: refused.
    #[strum(serialize = "stock")]
    PlainStock,
    /// Name of the location.
    Location,
    /// Number of the invoice or receipt.
    Invoice,
    /// How much was sold, or came back.
    Quantity,
    /// When it was sold, or came back.
    Date,
    /// The time of day, beside a date without one.
    Time,
    /// The customer.
    Customer,
    /// Discount on the whole line: an amount, or a percentage where the cell says so.
    Discount,
    /// Discount on each unit.
    UnitDiscount,
    /// Discount in percent.
    DiscountPercent,
    /// Total of the line.
    Total,
}

impl Field {
    /// The fields that hold dates.
    pub const DATES: &'static [Self] = &[Self::Date];
    /// The fields that hold numbers.
    pub const NUMBERS: &'static [Self] = &[
        Self::Price,
        Self::Cost,
        Self::TaxRate,
        Self::ReorderLevel,
        Self::StockSet,
        Self::StockAdd,
        Self::Quantity,
        Self::Discount,
        Self::UnitDiscount,
        Self::DiscountPercent,
        Self::Total,
    ];

    /// True for names, in which an apostrophe may stand first.
    #[must_use]
    pub const fn is_prose(self) -> bool {
        matches!(
            self,
            Self::Name | Self::Category | Self::Unit | Self::Location | Self::Customer
        )
    }

    /// True for what must not be counted again in the rows that a merged cell covers.
    #[must_use]
    pub const fn counts_once(self) -> bool {
        matches!(
            self,
            Self::Sku
                | Self::Barcode
                | Self::StockSet
                | Self::StockAdd
                | Self::PlainStock
                | Self::Quantity
                | Self::Discount
                | Self::UnitDiscount
                | Self::Total
        )
    }

    /// The program's name of it, in mappings and issues.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A field and the headers that mean it, folded and without blanks and punctuation.
pub type Synonyms = (Field, &'static [&'static str]);

const SKU: Synonyms = (
    Field::Sku,
    &[
        "sku",
        "stockcode",
        "code",
        "codearticle",
        "codeproduit",
        "productcode",
        "itemcode",
        "reference",
        "ref",
        "refarticle",
        "referencearticle",
        "article",
        "itemno",
        "itemnumber",
        "partnumber",
    ],
);
const NAME: Synonyms = (
    Field::Name,
    &[
        "name",
        "nom",
        "designation",
        "libelle",
        "produit",
        "product",
        "productname",
        "nomproduit",
        "nomduproduit",
        "item",
        "itemname",
        "intitule",
        "description",
    ],
);
const BARCODE: Synonyms = (
    Field::Barcode,
    &[
        "barcode",
        "barcodes",
        "ean",
        "ean13",
        "codeean",
        "codeean13",
        "gencod",
        "gencode",
        "gtin",
        "upc",
        "codebarre",
        "codebarres",
        "codesbarres",
        "codeabarres",
    ],
);
const LOCATION: Synonyms = (
    Field::Location,
    &[
        "location",
        "emplacement",
        "depot",
        "magasin",
        "entrepot",
        "warehouse",
        "store",
        "lieu",
    ],
);
const STOCK_SET: Synonyms = (
    Field::StockSet,
    &[
        "stockset",
        "setstock",
        "stockdefini",
        "stockcompte",
        "counted",
        "inventaire",
    ],
);
const STOCK_ADD: Synonyms = (
    Field::StockAdd,
    &[
        "stockadd",
        "addstock",
        "stockajoute",
        "stockaajouter",
        "ajoutstock",
        "entree",
        "entrees",
    ],
);
const PLAIN_STOCK: Synonyms = (
    Field::PlainStock,
    &[
        "stock",
        "quantity",
        "quantite",
        "qty",
        "qte",
        "onhand",
        "instock",
        "enstock",
        "stockactuel",
        "quantiteenstock",
        "qteenstock",
        "initialstock",
        "stockinitial",
    ],
);

const PRODUCTS: &[Synonyms] = &[
    SKU,
    NAME,
    BARCODE,
    (
        Field::Category,
        &[
            "category",
            "categorie",
            "famille",
            "rayon",
            "group",
            "groupe",
        ],
    ),
    (
        Field::Unit,
        &["unit", "unite", "uom", "unitedevente", "conditionnement"],
    ),
    (
        Field::Price,
        &[
            "price",
            "prix",
            "unitprice",
            "prixunitaire",
            "prixdevente",
            "prixvente",
            "pv",
            "pu",
            "sellingprice",
            "regularprice",
            "tarif",
            // Beside another price this is what is asked for while a sale lasts.
            "saleprice",
        ],
    ),
    (
        Field::Cost,
        &[
            "cost",
            "cout",
            "coutunitaire",
            "unitcost",
            "prixdachat",
            "prixachat",
            "pa",
            "costprice",
            "purchaseprice",
            "prixderevient",
        ],
    ),
    (
        Field::TaxRate,
        &[
            "taxrate",
            "tax",
            "vat",
            "vatrate",
            "tva",
            "tauxtva",
            "tauxdetva",
            "taxe",
            "tauxdetaxe",
        ],
    ),
    (
        Field::ReorderLevel,
        &[
            "reorderlevel",
            "reorderpoint",
            "seuil",
            "seuilalerte",
            "seuildalerte",
            "stockmin",
            "stockminimum",
            "minstock",
            "minimumstock",
            "seuildereapprovisionnement",
        ],
    ),
    STOCK_SET,
    STOCK_ADD,
    PLAIN_STOCK,
];

const STOCK: &[Synonyms] = &[SKU, BARCODE, LOCATION, STOCK_SET, STOCK_ADD, PLAIN_STOCK];

const SALES: &[Synonyms] = &[
    (
        Field::Invoice,
        &[
            "invoice",
            "invoiceno",
            "invoicenumber",
            "invoiceid",
            "receipt",
            "receiptno",
            "receiptnumber",
            "facture",
            "nofacture",
            "numfacture",
            "numerofacture",
            "numerodefacture",
            "ticket",
            "noticket",
            "numeroticket",
            "numerodeticket",
            "recu",
            "numerorecu",
            "orderid",
            "order",
            "transaction",
            "transactionid",
            "sale",
            "vente",
            "numerodevente",
        ],
    ),
    SKU,
    NAME,
    (
        Field::Quantity,
        &[
            "quantity",
            "quantite",
            "qty",
            "qte",
            "units",
            "unites",
            "quantitevendue",
        ],
    ),
    (
        Field::Date,
        &[
            "date",
            "invoicedate",
            "datefacture",
            "datedevente",
            "datevente",
            "saledate",
            "orderdate",
            "datetime",
            "dateheure",
            "occurredat",
            "timestamp",
            "horodatage",
        ],
    ),
    (
        Field::Time,
        &[
            "time",
            "heure",
            "saletime",
            "heuredevente",
            "heurevente",
            "heurefacture",
            "invoicetime",
        ],
    ),
    (
        Field::Price,
        &[
            "price",
            "prix",
            "unitprice",
            "prixunitaire",
            "pu",
            "prixdevente",
            "prixvente",
        ],
    ),
    (
        Field::Customer,
        &[
            "customer",
            "customerid",
            "client",
            "idclient",
            "numeroclient",
            "noclient",
            "codeclient",
        ],
    ),
    (
        Field::Discount,
        &[
            "discount",
            "remise",
            "rabais",
            "reduction",
            "ristourne",
            "discountamount",
            "linediscount",
            "montantremise",
            "montantdelaremise",
            "remisemontant",
            "remiseligne",
        ],
    ),
    (
        Field::UnitDiscount,
        &[
            "unitdiscount",
            "discountperunit",
            "discountperpiece",
            "discountperitem",
            "remiseunitaire",
            "remiseparunite",
            "remiseparpiece",
            "remiseparpce",
            "remisepu",
        ],
    ),
    (
        Field::DiscountPercent,
        &[
            "discountpercent",
            "discountpct",
            "discountrate",
            "remisepourcent",
            "remisepct",
            "tauxremise",
            "tauxderemise",
        ],
    ),
    (
        Field::Total,
        &[
            "total",
            "linetotal",
            "totalligne",
            "totaldelaligne",
            "montant",
            "montanttotal",
            "montantligne",
            "amount",
            "lineamount",
            "totalprice",
            "prixtotal",
            "totalttc",
            "montantttc",
            "nettotal",
            "totalnet",
        ],
    ),
];

/// What a header means when a plainer word holds the first field that it may mean.
#[must_use]
pub fn second_meaning(folded: &str) -> Option<Field> {
    // `Code;Article;Prix`: the article is its name, where another column is its code.
    matches!(folded, "article" | "item").then_some(Field::Name)
}

/// The fields of a kind of file and the headers that mean them, the plainest word first.
#[must_use]
pub const fn synonyms(kind: ImportKind) -> &'static [Synonyms] {
    match kind {
        ImportKind::Products => PRODUCTS,
        ImportKind::Stock => STOCK,
        ImportKind::Sales => SALES,
    }
}
