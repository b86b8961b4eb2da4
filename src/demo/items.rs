//! About 180 products, with their prices in francs and how many customers a day want each.

use super::catalogue::{Shelf, Unit};

/// A product of the demo.
#[derive(Debug, Clone, Copy)]
pub struct Item {
    /// Its code.
    pub sku: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its shelf.
    pub shelf: Shelf,
    /// How it is sold.
    pub unit: Unit,
    /// Its first price, in francs.
    pub price_francs: i64,
    /// Customers a day who want it; zero for dead stock.
    pub asked_a_day: f64,
}

const fn item(
    sku: &'static str,
    name: &'static str,
    shelf: Shelf,
    unit: Unit,
    price_francs: i64,
    asked_a_day: f64,
) -> Item {
    Item {
        sku,
        name,
        shelf,
        unit,
        price_francs,
        asked_a_day,
    }
}

/// The barcode of the item at a position: EAN-13 within the range that shops may use as they like.
#[must_use]
pub fn barcode(position: usize) -> String {
    let digits = format!("2001{position:08}");
    let sum: u32 = digits
        .chars()
        .zip([1, 3].into_iter().cycle())
        .filter_map(|(digit, weight)| digit.to_digit(10).map(|digit| digit * weight))
        .sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

/// Every product.
#[rustfmt::skip]
pub const ITEMS: &[Item] = &[
    item("RIZ-25", "Riz parfumé de Tanzanie, sac de 25 kg", Shelf::Grains, Unit::Piece, 72_000, 0.35),
    item("RIZ-KG", "Riz parfumé de Tanzanie au détail", Shelf::Grains, Unit::Kilogram, 3_000, 5.2),
    item("RIZ-5", "Riz du Pakistan, sachet de 5 kg", Shelf::Grains, Unit::Piece, 14_500, 0.7),
    item("HAR-KG", "Haricots rouges au détail", Shelf::Grains, Unit::Kilogram, 2_600, 4.6),
    item("HAR-JAU", "Haricots jaunes de Minembwe", Shelf::Grains, Unit::Kilogram, 3_200, 1.4),
    item("FAR-MAN", "Farine de manioc (fufu)", Shelf::Grains, Unit::Kilogram, 1_900, 5.0),
    item("FAR-MAI", "Farine de maïs", Shelf::Grains, Unit::Kilogram, 2_100, 4.0),
    item("FAR-BLE", "Farine de blé Azam 2 kg", Shelf::Grains, Unit::Piece, 6_800, 1.3),
    item("FAR-SOR", "Farine de sorgho", Shelf::Grains, Unit::Kilogram, 2_200, 1.0),
    item("SEM-1", "Semoule de blé 1 kg", Shelf::Grains, Unit::Piece, 4_200, 0.4),
    item("LEN-KG", "Lentilles vertes", Shelf::Grains, Unit::Kilogram, 5_200, 0.3),
    item("PET-KG", "Petits pois secs", Shelf::Grains, Unit::Kilogram, 4_300, 0.5),
    item("ARA-KG", "Arachides décortiquées", Shelf::Grains, Unit::Kilogram, 4_800, 1.2),
    item("SOJ-KG", "Soja en grains", Shelf::Grains, Unit::Kilogram, 3_100, 0.4),
    item("AVO-500", "Flocons d'avoine Quaker 500 g", Shelf::Grains, Unit::Piece, 8_500, 0.35),
    item("BOU-SOS", "Bouillie SOSOMA 1 kg", Shelf::Grains, Unit::Piece, 5_600, 0.8),
    item("SPA-500", "Spaghetti Santa Lucia 500 g", Shelf::Pasta, Unit::Piece, 2_300, 2.6),
    item("MAC-500", "Macaroni Santa Lucia 500 g", Shelf::Pasta, Unit::Piece, 2_300, 1.4),
    item("NOU-70", "Nouilles instantanées Indomie 70 g", Shelf::Pasta, Unit::Piece, 900, 2.4),
    item("VER-250", "Vermicelles 250 g", Shelf::Pasta, Unit::Piece, 1_600, 0.4),
    item("HUI-1L", "Huile végétale Golden Fry 1 l", Shelf::Oils, Unit::Piece, 7_200, 2.6),
    item("HUI-5L", "Huile végétale Golden Fry 5 l", Shelf::Oils, Unit::Piece, 33_500, 0.45),
    item("HUI-20L", "Huile végétale, bidon de 20 l", Shelf::Oils, Unit::Piece, 128_000, 0.08),
    item("HUI-PAL", "Huile de palme au détail", Shelf::Oils, Unit::Litre, 4_600, 3.2),
    item("HUI-OLI", "Huile d'olive 500 ml", Shelf::Oils, Unit::Piece, 18_500, 0.06),
    item("MAR-250", "Margarine Blue Band 250 g", Shelf::Oils, Unit::Piece, 3_800, 1.6),
    item("MAR-500", "Margarine Blue Band 500 g", Shelf::Oils, Unit::Piece, 7_000, 0.7),
    item("MAY-250", "Mayonnaise 250 ml", Shelf::Oils, Unit::Piece, 5_200, 0.5),
    item("SUC-1", "Sucre blanc Kakira 1 kg", Shelf::Grocery, Unit::Piece, 3_500, 4.2),
    item("SUC-KG", "Sucre roux au détail", Shelf::Grocery, Unit::Kilogram, 3_200, 2.8),
    item("SUC-MOR", "Sucre en morceaux 500 g", Shelf::Grocery, Unit::Piece, 3_000, 0.3),
    item("SEL-500", "Sel iodé 500 g", Shelf::Grocery, Unit::Piece, 700, 2.8),
    item("CUB-MAG", "Cube Maggi, boîte de 60", Shelf::Grocery, Unit::Piece, 5_400, 0.6),
    item("CUB-UNI", "Cube Maggi à l'unité", Shelf::Grocery, Unit::Piece, 100, 4.5),
    item("TOM-70", "Concentré de tomate Salsa 70 g", Shelf::Tins, Unit::Piece, 700, 4.4),
    item("TOM-400", "Concentré de tomate Gino 400 g", Shelf::Tins, Unit::Piece, 3_200, 1.0),
    item("SAR-125", "Sardines Anny à l'huile 125 g", Shelf::Tins, Unit::Piece, 2_400, 2.8),
    item("SAR-PIM", "Sardines au piment 125 g", Shelf::Tins, Unit::Piece, 2_500, 0.9),
    item("THO-160", "Thon entier 160 g", Shelf::Tins, Unit::Piece, 5_500, 0.4),
    item("PIL-400", "Maquereaux à la tomate 400 g", Shelf::Tins, Unit::Piece, 5_800, 0.5),
    item("COR-340", "Corned-beef 340 g", Shelf::Tins, Unit::Piece, 9_800, 0.25),
    item("POI-400", "Petits pois en boîte 400 g", Shelf::Tins, Unit::Piece, 3_400, 0.4),
    item("MAI-340", "Maïs doux en boîte 340 g", Shelf::Tins, Unit::Piece, 4_600, 0.2),
    item("CHA-400", "Champignons en boîte 400 g", Shelf::Tins, Unit::Piece, 6_500, 0.08),
    item("ANA-560", "Ananas au sirop 560 g", Shelf::Tins, Unit::Piece, 7_200, 0.06),
    item("THE-RUK", "Thé Rukoma 100 sachets", Shelf::Hot, Unit::Piece, 4_200, 0.8),
    item("THE-VRA", "Thé noir en vrac 250 g", Shelf::Hot, Unit::Piece, 2_500, 0.9),
    item("CAF-KIV", "Café moulu du Kivu 250 g", Shelf::Hot, Unit::Piece, 6_500, 0.8),
    item("CAF-SOL", "Nescafé Classic 50 g", Shelf::Hot, Unit::Piece, 5_400, 0.6),
    item("CAF-DOS", "Nescafé 3 en 1, dose", Shelf::Hot, Unit::Piece, 600, 1.8),
    item("MIL-400", "Milo 400 g", Shelf::Hot, Unit::Piece, 12_500, 0.3),
    item("OVA-400", "Ovaltine 400 g", Shelf::Hot, Unit::Piece, 13_500, 0.15),
    item("CHO-250", "Cacao en poudre 250 g", Shelf::Hot, Unit::Piece, 5_900, 0.12),
    item("MIE-500", "Miel de Masisi 500 g", Shelf::Hot, Unit::Piece, 9_500, 0.25),
    item("CON-FRA", "Confiture de fraise 450 g", Shelf::Hot, Unit::Piece, 7_800, 0.2),
    item("BEU-ARA", "Beurre d'arachide 500 g", Shelf::Hot, Unit::Piece, 6_200, 0.5),
    item("PIL-30", "Piment en poudre 30 g", Shelf::Grocery, Unit::Piece, 600, 0.9),
    item("CUR-50", "Curry en poudre 50 g", Shelf::Grocery, Unit::Piece, 1_200, 0.4),
    item("VIN-500", "Vinaigre 500 ml", Shelf::Grocery, Unit::Piece, 2_200, 0.4),
    item("LEV-11", "Levure chimique 11 g", Shelf::Grocery, Unit::Piece, 400, 0.8),
    item("PIM-PIL", "Sauce pili-pili 200 ml", Shelf::Grocery, Unit::Piece, 2_800, 0.6),
    item("KET-300", "Ketchup 300 g", Shelf::Grocery, Unit::Piece, 4_200, 0.3),
    item("PAI-BAG", "Baguette", Shelf::Bakery, Unit::Piece, 500, 9.5),
    item("PAI-MOU", "Pain moulé tranché", Shelf::Bakery, Unit::Piece, 3_200, 2.2),
    item("PAI-LAI", "Petit pain au lait", Shelf::Bakery, Unit::Piece, 300, 4.5),
    item("BEI-UNI", "Beignet mikate", Shelf::Bakery, Unit::Piece, 100, 4.2),
    item("GAT-VAN", "Gâteau à la vanille", Shelf::Bakery, Unit::Piece, 1_500, 1.0),
    item("CHA-UNI", "Chapati", Shelf::Bakery, Unit::Piece, 500, 2.2),
    item("BIS-GLU", "Biscuits Glucose 50 g", Shelf::Sweets, Unit::Piece, 300, 3.2),
    item("BIS-MAR", "Biscuits Marie 200 g", Shelf::Sweets, Unit::Piece, 1_600, 1.0),
    item("BIS-CRE", "Biscuits fourrés à la crème", Shelf::Sweets, Unit::Piece, 800, 1.5),
    item("BON-SAC", "Bonbons, sachet de 100", Shelf::Sweets, Unit::Piece, 3_800, 0.3),
    item("BON-UNI", "Bonbon à la menthe", Shelf::Sweets, Unit::Piece, 50, 3.0),
    item("CHE-GUM", "Chewing-gum Big G", Shelf::Sweets, Unit::Piece, 100, 2.4),
    item("CHO-TAB", "Chocolat au lait, tablette 100 g", Shelf::Sweets, Unit::Piece, 4_800, 0.3),
    item("CHI-40", "Chips de pomme de terre 40 g", Shelf::Sweets, Unit::Piece, 1_000, 1.3),
    item("POP-50", "Pop-corn sucré 50 g", Shelf::Sweets, Unit::Piece, 500, 0.9),
    item("LAI-UHT", "Lait UHT Inyange 500 ml", Shelf::Dairy, Unit::Piece, 2_300, 2.3),
    item("LAI-1L", "Lait UHT Inyange 1 l", Shelf::Dairy, Unit::Piece, 4_300, 1.0),
    item("LAI-POU", "Lait en poudre Nido 400 g", Shelf::Dairy, Unit::Piece, 15_500, 0.55),
    item("LAI-DOS", "Lait en poudre, dose 25 g", Shelf::Dairy, Unit::Piece, 900, 2.2),
    item("YAO-NAT", "Yaourt nature 250 ml", Shelf::Dairy, Unit::Piece, 1_500, 1.5),
    item("YAO-FRA", "Yaourt à la fraise 250 ml", Shelf::Dairy, Unit::Piece, 1_600, 1.4),
    item("FRO-GOM", "Fromage de Goma (gouda)", Shelf::Dairy, Unit::Kilogram, 16_000, 0.6),
    item("BEU-250", "Beurre de Masisi 250 g", Shelf::Dairy, Unit::Piece, 5_200, 0.4),
    item("OEU-UNI", "Œuf frais", Shelf::Dairy, Unit::Piece, 500, 4.6),
    item("OEU-PLA", "Œufs, plateau de 30", Shelf::Dairy, Unit::Piece, 13_500, 0.35),
    item("TOM-KG", "Tomates fraîches", Shelf::Fresh, Unit::Kilogram, 2_200, 3.2),
    item("OIG-KG", "Oignons rouges", Shelf::Fresh, Unit::Kilogram, 2_800, 3.4),
    item("POM-TER", "Pommes de terre", Shelf::Fresh, Unit::Kilogram, 1_300, 4.0),
    item("CAR-KG", "Carottes", Shelf::Fresh, Unit::Kilogram, 1_500, 1.4),
    item("CHO-UNI", "Chou vert", Shelf::Fresh, Unit::Piece, 1_200, 0.9),
    item("AIL-TET", "Ail, la tête", Shelf::Fresh, Unit::Piece, 300, 1.3),
    item("PIM-FRA", "Piment frais, le tas", Shelf::Fresh, Unit::Piece, 300, 0.9),
    item("BAN-KG", "Bananes mûres", Shelf::Fresh, Unit::Kilogram, 1_600, 1.8),
    item("BAN-PLA", "Bananes plantains", Shelf::Fresh, Unit::Kilogram, 1_800, 1.3),
    item("AVO-UNI", "Avocat", Shelf::Fresh, Unit::Piece, 500, 2.0),
    item("ANA-UNI", "Ananas frais", Shelf::Fresh, Unit::Piece, 2_500, 0.6),
    item("MAN-UNI", "Mangue", Shelf::Fresh, Unit::Piece, 600, 0.8),
    item("CIT-UNI", "Citron", Shelf::Fresh, Unit::Piece, 200, 1.4),
    item("FRE-SAM", "Fretins séchés (sambaza)", Shelf::Fresh, Unit::Kilogram, 18_500, 0.9),
    item("POI-SAL", "Poisson salé (makayabu)", Shelf::Fresh, Unit::Kilogram, 21_000, 0.5),
    item("SAU-KG", "Saucisses de bœuf", Shelf::Fresh, Unit::Kilogram, 15_500, 0.35),
    item("EAU-05", "Eau minérale 50 cl", Shelf::Water, Unit::Piece, 700, 4.6),
    item("EAU-15", "Eau minérale 1,5 l", Shelf::Water, Unit::Piece, 1_500, 3.4),
    item("EAU-5L", "Eau minérale, bidon de 5 l", Shelf::Water, Unit::Piece, 4_200, 0.6),
    item("JUS-ORA", "Jus d'orange 1 l", Shelf::Water, Unit::Piece, 4_800, 0.6),
    item("JUS-MAR", "Jus de maracuja 50 cl", Shelf::Water, Unit::Piece, 2_200, 1.1),
    item("JUS-MAN", "Jus de mangue 25 cl", Shelf::Water, Unit::Piece, 1_200, 1.2),
    item("SIR-GRE", "Sirop de grenadine 1 l", Shelf::Water, Unit::Piece, 7_800, 0.15),
    item("COC-33", "Coca-Cola 33 cl", Shelf::Soda, Unit::Piece, 1_500, 4.2),
    item("COC-15", "Coca-Cola 1,5 l", Shelf::Soda, Unit::Piece, 4_500, 0.8),
    item("FAN-33", "Fanta orange 33 cl", Shelf::Soda, Unit::Piece, 1_500, 3.0),
    item("FAN-CIT", "Fanta citron 33 cl", Shelf::Soda, Unit::Piece, 1_500, 1.4),
    item("SPR-33", "Sprite 33 cl", Shelf::Soda, Unit::Piece, 1_500, 1.6),
    item("VIT-33", "Vitalo 33 cl", Shelf::Soda, Unit::Piece, 1_400, 1.3),
    item("ENE-25", "Boisson énergisante XXL 25 cl", Shelf::Soda, Unit::Piece, 1_800, 1.7),
    item("TON-33", "Tonic Schweppes 33 cl", Shelf::Soda, Unit::Piece, 1_700, 0.3),
    item("BIE-PRI", "Bière Primus 72 cl", Shelf::Beer, Unit::Piece, 3_500, 3.4),
    item("BIE-MUT", "Bière Mützig 65 cl", Shelf::Beer, Unit::Piece, 4_000, 1.8),
    item("BIE-TUR", "Bière Turbo King 65 cl", Shelf::Beer, Unit::Piece, 4_000, 0.8),
    item("BIE-HEI", "Bière Heineken 33 cl", Shelf::Beer, Unit::Piece, 3_800, 0.7),
    item("BIE-LEG", "Bière Legend 65 cl", Shelf::Beer, Unit::Piece, 4_200, 0.5),
    item("VIN-TAB", "Vin rouge de table 75 cl", Shelf::Beer, Unit::Piece, 16_500, 0.2),
    item("VIN-BLA", "Vin blanc doux 75 cl", Shelf::Beer, Unit::Piece, 17_500, 0.1),
    item("WHI-20", "Whisky, flasque de 20 cl", Shelf::Beer, Unit::Piece, 9_500, 0.3),
    item("LIQ-SAC", "Liqueur en sachet", Shelf::Beer, Unit::Piece, 500, 1.2),
    item("SAV-LES", "Savon de lessive, barre 800 g", Shelf::Laundry, Unit::Piece, 3_200, 2.2),
    item("SAV-MOR", "Savon de lessive, morceau", Shelf::Laundry, Unit::Piece, 800, 2.6),
    item("LES-OMO", "Lessive Omo 500 g", Shelf::Laundry, Unit::Piece, 4_600, 1.0),
    item("LES-DOS", "Lessive Omo, dose 30 g", Shelf::Laundry, Unit::Piece, 400, 3.4),
    item("JAV-1", "Eau de Javel 1 l", Shelf::Laundry, Unit::Piece, 2_600, 0.8),
    item("DET-VAI", "Liquide vaisselle 500 ml", Shelf::Laundry, Unit::Piece, 3_800, 0.5),
    item("EPO-UNI", "Éponge à récurer", Shelf::Laundry, Unit::Piece, 500, 0.8),
    item("INS-400", "Insecticide aérosol 400 ml", Shelf::Laundry, Unit::Piece, 9_200, 0.3),
    item("SPI-MOU", "Spirale anti-moustique, boîte", Shelf::Laundry, Unit::Piece, 1_800, 0.8),
    item("CIR-NOI", "Cirage noir Kiwi", Shelf::Laundry, Unit::Piece, 2_600, 0.35),
    item("SAV-TOI", "Savon de toilette Geisha", Shelf::Hygiene, Unit::Piece, 1_500, 1.9),
    item("SAV-MED", "Savon médicamenteux Dettol", Shelf::Hygiene, Unit::Piece, 2_300, 0.8),
    item("DEN-COL", "Dentifrice Colgate 100 ml", Shelf::Hygiene, Unit::Piece, 3_400, 1.1),
    item("BRO-DEN", "Brosse à dents", Shelf::Hygiene, Unit::Piece, 1_200, 0.7),
    item("PAP-TOI", "Papier hygiénique, rouleau", Shelf::Hygiene, Unit::Piece, 800, 3.0),
    item("PAP-12", "Papier hygiénique, paquet de 12", Shelf::Hygiene, Unit::Piece, 8_800, 0.35),
    item("SER-HYG", "Serviettes hygiéniques Always", Shelf::Hygiene, Unit::Piece, 3_200, 1.1),
    item("LOT-COR", "Lait de toilette 400 ml", Shelf::Hygiene, Unit::Piece, 7_800, 0.45),
    item("VAS-100", "Vaseline 100 ml", Shelf::Hygiene, Unit::Piece, 1_800, 0.9),
    item("DEO-50", "Déodorant à bille 50 ml", Shelf::Hygiene, Unit::Piece, 4_200, 0.4),
    item("RAS-UNI", "Rasoir jetable", Shelf::Hygiene, Unit::Piece, 700, 1.0),
    item("COU-M", "Couches bébé taille M, paquet de 10", Shelf::Baby, Unit::Piece, 8_500, 0.7),
    item("COU-L", "Couches bébé taille L, paquet de 10", Shelf::Baby, Unit::Piece, 9_000, 0.5),
    item("LIN-80", "Lingettes bébé 80 pièces", Shelf::Baby, Unit::Piece, 5_200, 0.3),
    item("LAI-1AG", "Lait infantile 1er âge 400 g", Shelf::Baby, Unit::Piece, 24_500, 0.25),
    item("HUI-BEB", "Huile de bébé 200 ml", Shelf::Baby, Unit::Piece, 5_600, 0.15),
    item("BOU-BIE", "Bougies, paquet de 8", Shelf::Light, Unit::Piece, 2_600, 1.2),
    item("ALL-BOI", "Allumettes, boîte", Shelf::Light, Unit::Piece, 150, 2.8),
    item("PIL-AA", "Piles AA, la paire", Shelf::Light, Unit::Piece, 1_500, 1.1),
    item("PIL-D", "Pile grosse R20", Shelf::Light, Unit::Piece, 1_400, 0.5),
    item("AMP-LED", "Ampoule LED 9 W", Shelf::Light, Unit::Piece, 3_500, 0.4),
    item("LAM-SOL", "Lampe solaire de poche", Shelf::Light, Unit::Piece, 14_500, 0.15),
    item("CHB-KG", "Charbon de bois au détail", Shelf::Light, Unit::Kilogram, 1_100, 2.6),
    item("CAD-MOY", "Cadenas moyen", Shelf::Light, Unit::Piece, 6_500, 0.12),
    item("CAH-48", "Cahier 48 pages", Shelf::School, Unit::Piece, 700, 1.5),
    item("CAH-96", "Cahier 96 pages", Shelf::School, Unit::Piece, 1_300, 0.9),
    item("STY-BIC", "Stylo Bic bleu", Shelf::School, Unit::Piece, 400, 1.9),
    item("CRA-HB", "Crayon HB", Shelf::School, Unit::Piece, 200, 0.8),
    item("GOM-UNI", "Gomme blanche", Shelf::School, Unit::Piece, 300, 0.4),
    item("REG-30", "Règle 30 cm", Shelf::School, Unit::Piece, 600, 0.3),
    item("ENV-A5", "Enveloppe A5", Shelf::School, Unit::Piece, 200, 0.3),
    item("COL-TUB", "Colle en tube", Shelf::School, Unit::Piece, 900, 0.2),
    item("FOI-LAT", "Foie gras de canard 180 g", Shelf::Tins, Unit::Piece, 48_000, 0.0),
    item("CAV-100", "Œufs de lump 100 g", Shelf::Tins, Unit::Piece, 26_500, 0.0),
    item("PAR-FUM", "Parfum « Nuit du Lac » 50 ml", Shelf::Hygiene, Unit::Piece, 38_000, 0.0),
    item("FON-DUE", "Service à fondue six fourchettes", Shelf::Light, Unit::Piece, 65_000, 0.0),
    item("DIS-DVD", "DVD vierges, boîte de 25", Shelf::School, Unit::Piece, 18_500, 0.0),
    item("RUB-FAX", "Ruban de fax Panasonic", Shelf::School, Unit::Piece, 14_000, 0.0),
    item("CAL-2023", "Calendrier mural 2023", Shelf::School, Unit::Piece, 2_500, 0.0),
    item("SIR-MEN", "Sirop de menthe glaciale 1 l", Shelf::Water, Unit::Piece, 8_200, 0.0),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{super::catalogue::facts, *};

    #[test]
    fn the_assortment_is_large_and_its_codes_are_unique() {
        let skus: BTreeSet<_> = ITEMS.iter().map(|item| item.sku).collect();
        assert_eq!(skus.len(), ITEMS.len());
        assert!(ITEMS.len() >= 150);
        assert!(ITEMS.iter().all(|item| facts(item.shelf).is_some()));
        assert!(ITEMS.iter().filter(|item| item.asked_a_day == 0.0).count() >= 5);
    }

    #[test]
    fn barcodes_carry_their_check_digit() {
        assert_eq!(barcode(0), "2001000000005".to_owned());
        for position in 0..ITEMS.len() {
            let sum: u32 = barcode(position)
                .chars()
                .zip([1, 3].into_iter().cycle())
                .map(|(digit, weight)| digit.to_digit(10).unwrap() * weight)
                .sum();
            assert_eq!(sum % 10, 0);
        }
    }
}
