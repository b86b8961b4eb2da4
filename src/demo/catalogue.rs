//! The shelves and suppliers of a corner shop in Goma. The products are in `items`.

use super::calendar::Season;

/// How a product is sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// One by one.
    Piece,
    /// By weight.
    Kilogram,
    /// By volume.
    Litre,
}

impl Unit {
    /// The unit in the catalogue.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Piece => "piece",
            Self::Kilogram => "kg",
            Self::Litre => "l",
        }
    }

    /// How much a customer takes, in thousandths, with weights.
    #[must_use]
    pub const fn portions(self) -> &'static [(i64, f64)] {
        match self {
            Self::Piece => &[
                (1000, 66.0),
                (2000, 20.0),
                (3000, 7.0),
                (4000, 4.0),
                (6000, 3.0),
            ],
            Self::Kilogram => &[
                (250, 10.0),
                (500, 24.0),
                (1000, 34.0),
                (1500, 9.0),
                (2000, 13.0),
                (3000, 6.0),
                (5000, 4.0),
            ],
            Self::Litre => &[
                (250, 14.0),
                (500, 30.0),
                (1000, 36.0),
                (2000, 14.0),
                (5000, 6.0),
            ],
        }
    }

    /// The mean of the portions, in thousandths.
    #[must_use]
    pub fn mean_portion(self) -> f64 {
        let (sum, weight) =
            self.portions()
                .iter()
                .fold((0.0, 0.0), |(sum, all), (milli, weight)| {
                    (sum + super::chance::real(*milli) * weight, all + weight)
                });
        sum / weight
    }
}

/// The shelf of a product. Each shelf is a category with one supplier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shelf {
    /// Rice, beans, flour.
    Grains,
    /// Pasta.
    Pasta,
    /// Oils and fats.
    Oils,
    /// Sugar, salt, spices.
    Grocery,
    /// Tins.
    Tins,
    /// Tea, coffee, breakfast.
    Hot,
    /// Bread.
    Bakery,
    /// Biscuits and sweets.
    Sweets,
    /// Milk and eggs.
    Dairy,
    /// Vegetables, fruit, fish.
    Fresh,
    /// Water and juice.
    Water,
    /// Soda.
    Soda,
    /// Beer and wine.
    Beer,
    /// Washing and cleaning.
    Laundry,
    /// Soap and care.
    Hygiene,
    /// For babies.
    Baby,
    /// Candles, batteries, charcoal.
    Light,
    /// Exercise books and pens.
    School,
}

/// Facts about a shelf.
#[derive(Debug, Clone, Copy)]
pub struct ShelfFacts {
    /// The shelf.
    pub shelf: Shelf,
    /// Its parent category.
    pub parent: &'static str,
    /// Its category.
    pub name: &'static str,
    /// Who delivers.
    pub supplier: &'static str,
    /// Days of the week with deliveries, 0 for Monday.
    pub delivery_days: &'static [i64],
    /// Days from the order to the delivery.
    pub lead_days: i64,
    /// Days that an order should last beyond the next chance to order.
    pub cover_days: f64,
    /// The shop's cost in percent of its price without tax.
    pub cost_percent: i64,
    /// Tax, basis points: staples are exempt.
    pub tax_rate_bp: i64,
    /// Whether its products have barcodes.
    pub has_barcodes: bool,
    /// What its demand follows through the year.
    pub season: Season,
    /// Share of the stock that spoils in a week.
    pub weekly_spoilage: f64,
    /// Whether it is heavy: then it is delivered to the storeroom and fetched from there.
    pub is_stored: bool,
}

/// A supplier and the delivery days.
struct Supplier {
    name: &'static str,
    delivery_days: &'static [i64],
    lead_days: i64,
    cover_days: f64,
}

const fn supplier(
    name: &'static str,
    delivery_days: &'static [i64],
    lead_days: i64,
    cover_days: f64,
) -> Supplier {
    Supplier {
        name,
        delivery_days,
        lead_days,
        cover_days,
    }
}

const DEPOT: Supplier = supplier("Dépôt Virunga", &[0], 2, 18.0);
const WHOLESALER: Supplier = supplier("Établissements Kasereka", &[2], 2, 18.0);
const BAKER: Supplier = supplier("Boulangerie du Lac", &[1, 4], 1, 2.0);
const DAIRY: Supplier = supplier("Laiterie de Masisi", &[3, 6], 2, 5.0);
const MARKET: Supplier = supplier("Marché Virunga", &[4, 0], 1, 2.5);
const BREWERY: Supplier = supplier("Brasserie des Volcans", &[1], 1, 12.0);
const SOAP: Supplier = supplier("Savonnerie Birere", &[3], 3, 20.0);
const STATIONER: Supplier = supplier("Papeterie de l'Est", &[5], 5, 28.0);

const fn shelf(
    shelf: Shelf,
    parent: &'static str,
    name: &'static str,
    supplier: &Supplier,
    cost_percent: i64,
) -> ShelfFacts {
    ShelfFacts {
        shelf,
        parent,
        name,
        supplier: supplier.name,
        delivery_days: supplier.delivery_days,
        lead_days: supplier.lead_days,
        cover_days: supplier.cover_days,
        cost_percent,
        tax_rate_bp: 1600,
        has_barcodes: true,
        season: Season::None,
        weekly_spoilage: 0.0,
        is_stored: false,
    }
}

/// Every shelf.
pub const SHELVES: &[ShelfFacts] = &[
    ShelfFacts {
        tax_rate_bp: 0,
        has_barcodes: false,
        is_stored: true,
        ..shelf(
            Shelf::Grains,
            "Alimentation",
            "Riz, farines et légumes secs",
            &DEPOT,
            86,
        )
    },
    shelf(Shelf::Pasta, "Alimentation", "Pâtes", &DEPOT, 80),
    shelf(
        Shelf::Oils,
        "Alimentation",
        "Huiles et matières grasses",
        &DEPOT,
        87,
    ),
    shelf(
        Shelf::Grocery,
        "Alimentation",
        "Sucre, sel et épices",
        &DEPOT,
        82,
    ),
    shelf(Shelf::Tins, "Alimentation", "Conserves", &WHOLESALER, 78),
    ShelfFacts {
        season: Season::Rains,
        ..shelf(
            Shelf::Hot,
            "Alimentation",
            "Petit déjeuner",
            &WHOLESALER,
            77,
        )
    },
    ShelfFacts {
        tax_rate_bp: 0,
        has_barcodes: false,
        weekly_spoilage: 0.04,
        ..shelf(Shelf::Bakery, "Frais", "Boulangerie", &BAKER, 80)
    },
    shelf(
        Shelf::Sweets,
        "Alimentation",
        "Biscuits et confiserie",
        &WHOLESALER,
        72,
    ),
    ShelfFacts {
        weekly_spoilage: 0.02,
        ..shelf(Shelf::Dairy, "Frais", "Lait et œufs", &DAIRY, 81)
    },
    ShelfFacts {
        tax_rate_bp: 0,
        has_barcodes: false,
        weekly_spoilage: 0.06,
        ..shelf(
            Shelf::Fresh,
            "Frais",
            "Légumes, fruits et poisson",
            &MARKET,
            70,
        )
    },
    ShelfFacts {
        season: Season::Drinks,
        is_stored: true,
        ..shelf(Shelf::Water, "Boissons", "Eaux et jus", &BREWERY, 75)
    },
    ShelfFacts {
        season: Season::Drinks,
        is_stored: true,
        ..shelf(Shelf::Soda, "Boissons", "Boissons gazeuses", &BREWERY, 79)
    },
    ShelfFacts {
        season: Season::Feasts,
        is_stored: true,
        ..shelf(Shelf::Beer, "Boissons", "Bières et vins", &BREWERY, 80)
    },
    shelf(Shelf::Laundry, "Maison", "Lessive et entretien", &SOAP, 76),
    shelf(Shelf::Hygiene, "Hygiène", "Soins du corps", &SOAP, 71),
    shelf(Shelf::Baby, "Hygiène", "Bébé", &SOAP, 79),
    ShelfFacts {
        season: Season::Rains,
        ..shelf(
            Shelf::Light,
            "Maison",
            "Éclairage et énergie",
            &WHOLESALER,
            70,
        )
    },
    ShelfFacts {
        season: Season::School,
        ..shelf(
            Shelf::School,
            "Papeterie",
            "Fournitures scolaires",
            &STATIONER,
            66,
        )
    },
];

/// The facts of a shelf.
#[must_use]
pub fn facts(shelf: Shelf) -> Option<&'static ShelfFacts> {
    SHELVES.iter().find(|facts| facts.shelf == shelf)
}
