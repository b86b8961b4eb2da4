//! The headers in French and English that mean a field, and those of other systems.

use super::{fields::Field, staged::ImportKind};

/// A field and the headers that mean it, apart by blanks: letters and digits only, the plainest first.
pub type Synonyms = (Field, &'static str);

const SKU: Synonyms = (
    Field::Sku,
    "sku stockcode code codearticle codeproduit productcode itemcode reference ref refarticle \
         referencearticle article itemno itemnumber partnumber ugs itemsku productsku variantsku \
         skucode internalreference defaultcode referenceinterne refinterne codeinterne codeart \
         refproduit referenceproduit referenceduproduit plu codeplu articlecode articlenumber \
         articleno numeroarticle noarticle numarticle itemref stocknumber productno productnumber \
         codeproduct arref codedelarticle referencedelarticle idarticle",
);
const NAME: Synonyms = (
    Field::Name,
    "name nom designation libelle produit product productname nomproduit nomduproduit item \
         itemname intitule title titre articlename nomarticle nomdelarticle designationarticle \
         libellearticle libelleproduit intituleproduit designationproduit productservicename \
         productservice label denomination displayname marchandise marchandises produits articles \
         nomcommercial ardesign productmodel itemdescription productdescription descriptif \
         description",
);
const BARCODE: Synonyms = (
    Field::Barcode,
    "barcode barcodes ean ean13 codeean codeean13 gencod gencode gtin upc codebarre \
         codebarres codesbarres codeabarres gtinupceanorisbn gtinupceanouisbn isbn codebarreean \
         codebarreean13 eancode upccode upca ean8 gtin14 cab variantbarcode productbarcode \
         arcodebarre codebarresean13",
);
const LOCATION: Synonyms = (
    Field::Location,
    "location emplacement depot magasin entrepot warehouse store lieu locationname shop \
         boutique branch succursale outlet",
);
const STOCK_SET: Synonyms = (
    Field::StockSet,
    "stockset setstock stockdefini stockcompte counted inventaire",
);
const STOCK_ADD: Synonyms = (
    Field::StockAdd,
    "stockadd addstock stockajoute stockaajouter ajoutstock entree entrees",
);
const PLAIN_STOCK: Synonyms = (
    Field::PlainStock,
    "stock quantity quantite qty qte onhand instock enstock stockactuel quantiteenstock \
         qteenstock initialstock stockinitial stocks stockquantity quantityonhand qtyonhand \
         qtyavailable currentstock currentquantity stockreel stockdisponible stockphysique \
         qtestock stockqte stk quantityinstock variantinventoryqty inventoryquantity inventoryqty \
         available availablequantity quantityavailable quantitedisponible qtedisponible qtedispo \
         stocklevel soh onhandqty productstock totalstock stocktotal pstock stockfinal quantites \
         qtes quantiteactuelle onhandcurrent itemquantity",
);

const PRODUCTS: &[Synonyms] = &[
    SKU,
    NAME,
    BARCODE,
    (
        Field::Category,
        "category categorie famille rayon group groupe categories familles productcategory \
         categorieproduit categoriedeproduit department departement departmentname productgroup \
         famillearticle famillesarticles famillearticles libellefamille rayons itemcategory \
         itemgroup categoriename categoryname nomcategorie categid section facodefamille \
         codefamille",
    ),
    (
        Field::Unit,
        "unit unite uom unitedevente conditionnement unitofmeasure uomid unitedemesure \
         unitemesure sellingunit arunitven unitevente",
    ),
    (
        Field::Price,
        "price prix unitprice prixunitaire prixdevente prixvente pv pu sellingprice regularprice \
         tarif tarifregulier prixregulier retailprice sellprice listprice salesprice \
         salespricerate defaultprice currentprice variantprice prixpublic prixdetail prixdevente1 \
         prixventepublic prixdeventepublic tarifpublic tarifvente arprixven productprice \
         prixunite pventeunitaire pvente pvu puvente prixnormal prixcatalogue prixdeventeunitaire \
         unitsellingprice msrp saleprice",
    ),
    (
        Field::Cost,
        "cost cout coutunitaire unitcost prixdachat prixachat pa costprice purchaseprice \
         prixderevient costperitem prixdachatunitaire standardprice standardcost averagecost \
         averageunitcost supplyprice buyprice buyingprice purchasecost wholesaleprice \
         prixachatmoyen pmp cump pamp defaultunitcost coutdachat coutachat prixrevient pachat \
         prixcoutant arprixach supplierprice prixfournisseur productsupplyprice lastcost \
         dernierprixachat dernierprixdachat costpriceunit puachat",
    ),
    (
        Field::TaxRate,
        "taxrate tax vat vatrate tva tauxtva tauxdetva taxe tauxdetaxe taxpercent tax1percent \
         taxrates tvavente gstrate customertaxes taxesalavente taxesvente tvataux tauxdelatva \
         productvat taxratepercent tva1 vatpercent",
    ),
    (
        Field::ReorderLevel,
        "reorderlevel reorderpoint seuil seuilalerte seuildalerte stockmin stockminimum minstock \
         minimumstock seuildereapprovisionnement lowstock lowstockamount montantdestockfaible \
         seuildestockfaible reorderpt reorderptmin lowstocklevel stockalertcount alertquantity \
         seuilstockalerte limitestockpouralerte stockminimal stockdalerte stockalerte alertestock \
         qtemin minstocklevel minimumstocklevel seuilmini",
    ),
    STOCK_SET,
    STOCK_ADD,
    PLAIN_STOCK,
    (
        Field::Active,
        "active actif activestatus status statut etat active01",
    ),
    (
        Field::Archived,
        "archived archive discontinued sommeil arsommeil ensommeil productarch",
    ),
];

const STOCK: &[Synonyms] = &[SKU, BARCODE, LOCATION, STOCK_SET, STOCK_ADD, PLAIN_STOCK];

const SALES: &[Synonyms] = &[
    (
        Field::Invoice,
        "invoice invoiceno invoicenumber invoiceid receipt receiptno receiptnumber facture \
         nofacture numfacture numerofacture numerodefacture ticket noticket numeroticket \
         numerodeticket recu numerorecu orderid order transaction transactionid sale vente \
         numerodevente ordernumber orderno receiptid billno bill bon nobon numerobon numticket \
         nticket reffacture nfacture numerodepiece numeropiece nopiece piece nocommande \
         numerocommande commande transactionno transactionnumber documentno docno saleid \
         salenumber saleno",
    ),
    SKU,
    NAME,
    (
        Field::Quantity,
        "quantity quantite qty qte units unites quantitevendue qtyordered qtysold quantitysold \
         soldquantity qtevendue itemsold itemssold lineitemquantity qtes nombre",
    ),
    (
        Field::Date,
        "date invoicedate datefacture datedevente datevente saledate orderdate datetime dateheure \
         occurredat timestamp horodatage createdat paidat datedelafacture datecommande datepiece \
         transactiondate datedetransaction receiptdate dateticket dateduticket jour closedat \
         saledatetime",
    ),
    (
        Field::Time,
        "time heure saletime heuredevente heurevente heurefacture invoicetime",
    ),
    (
        Field::Price,
        "price prix unitprice prixunitaire pu prixdevente prixvente sellingprice itemprice \
         lineitemprice pvente salesprice puvente productprice pv retailprice",
    ),
    (
        Field::Customer,
        "customer customerid client idclient numeroclient noclient codeclient customername \
         nomclient nomduclient",
    ),
    (
        Field::Discount,
        "discount remise rabais reduction ristourne discountamount linediscount montantremise \
         montantdelaremise remisemontant remiseligne",
    ),
    (
        Field::UnitDiscount,
        "unitdiscount discountperunit discountperpiece discountperitem remiseunitaire \
         remiseparunite remiseparpiece remiseparpce remisepu",
    ),
    (
        Field::DiscountPercent,
        "discountpercent discountpct discountrate remisepourcent remisepct tauxremise \
         tauxderemise",
    ),
    (
        Field::Total,
        "total linetotal totalligne totaldelaligne montant montanttotal montantligne amount \
         lineamount totalprice prixtotal totalttc montantttc nettotal totalnet netsales \
         ventesnettes",
    ),
];

/// What a header means when a plainer word holds the first field that it may mean.
#[must_use]
pub fn second_meaning(folded: &str) -> Option<Field> {
    // `Code;Article;Prix`: the article is its name, where another column is its code.
    matches!(folded, "article" | "item").then_some(Field::Name)
}

/// The fields that a column of a kind of file can hold, in a mapping.
#[must_use]
pub fn fields_of(kind: ImportKind) -> Vec<String> {
    let fields = synonyms(kind).iter().map(|(field, _)| *field);
    let named = fields.filter(|field| *field != Field::PlainStock);
    named.map(|field| field.as_str().to_owned()).collect()
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
