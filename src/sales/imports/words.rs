//! The words of the workbooks that the program gives for files: templates, and rows with errors. The
//! headers of a template are ones that an import knows.

use files::{read::staged::ImportKind, write::language::Language};

/// The words of a language.
pub(super) struct WorkbookWords {
    pub errors: &'static str,
    pub row: &'static str,
    pub cells: &'static str,
    pub problems: &'static str,
    pub example_name: &'static str,
    pub example_category: &'static str,
    pub example_customer: &'static str,
    products: Template,
    stock: Template,
    sales: Template,
}

/// The name of a template and its headers.
#[derive(Clone, Copy)]
pub(super) struct Template {
    pub name: &'static str,
    pub headers: &'static [&'static str],
}

const FRENCH: WorkbookWords = WorkbookWords {
    errors: "Erreurs",
    row: "Ligne",
    cells: "Cellules",
    problems: "Problèmes",
    example_name: "Savon 400 g (exemple)",
    example_category: "Hygiène > Savons",
    example_customer: "Client (exemple)",
    products: Template {
        name: "Produits",
        headers: &[
            "Référence",
            "Code-barres",
            "Désignation",
            "Catégorie",
            "Unité",
            "Prix de vente",
            "Prix d'achat",
            "Taux TVA",
            "Seuil d'alerte",
            "Stock compté",
            "Stock à ajouter",
        ],
    },
    stock: Template {
        name: "Stock",
        headers: &[
            "Référence",
            "Code-barres",
            "Emplacement",
            "Stock compté",
            "Stock à ajouter",
        ],
    },
    sales: Template {
        name: "Ventes",
        headers: &[
            "Facture",
            "Date",
            "Référence",
            "Désignation",
            "Quantité",
            "Prix unitaire",
            "Remise",
            "Montant",
            "Client",
        ],
    },
};

const ENGLISH: WorkbookWords = WorkbookWords {
    errors: "Errors",
    row: "Row",
    cells: "Cells",
    problems: "Problems",
    example_name: "Soap 400 g (example)",
    example_category: "Care > Soaps",
    example_customer: "Customer (example)",
    products: Template {
        name: "Products",
        headers: &[
            "SKU",
            "Barcode",
            "Name",
            "Category",
            "Unit",
            "Price",
            "Cost",
            "Tax rate",
            "Reorder level",
            "Stock set",
            "Stock add",
        ],
    },
    stock: Template {
        name: "Stock",
        headers: &["SKU", "Barcode", "Location", "Stock set", "Stock add"],
    },
    sales: Template {
        name: "Sales",
        headers: &[
            "Invoice",
            "Date",
            "SKU",
            "Name",
            "Quantity",
            "Unit price",
            "Discount",
            "Total",
            "Customer",
        ],
    },
};

impl WorkbookWords {
    pub(super) const fn of(language: Language) -> &'static Self {
        match language {
            Language::French => &FRENCH,
            Language::English => &ENGLISH,
        }
    }

    pub(super) const fn template(&self, kind: ImportKind) -> Template {
        match kind {
            ImportKind::Products => self.products,
            ImportKind::Stock => self.stock,
            ImportKind::Sales => self.sales,
        }
    }
}
