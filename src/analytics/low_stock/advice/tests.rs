//! How much to order, and when, from forecasts and stock that are written down.

use super::*;

fn total(quantiles: &[(f64, f64)], mean: f64) -> TotalForecast {
    TotalForecast {
        days: 7,
        mean,
        low: mean / 2.0,
        high: mean * 2.0,
        quantiles: quantiles.to_vec(),
    }
}

#[test]
fn the_loss_is_the_demand_beyond_the_stock() {
    let certain: Vec<(f64, f64)> = (1..20).map(|n| (f64::from(n) * 0.05, 10.0)).collect();
    let certain = total(&certain, 10.0);
    assert!((expected_above(&certain, 0.0) - 10.0).abs() < 1e-9);
    assert!((expected_above(&certain, 4.0) - 6.0).abs() < 1e-9);
    assert!(expected_above(&certain, 10.0).abs() < 1e-9);
    let even: Vec<(f64, f64)> = (1..20)
        .map(|n| (f64::from(n) * 0.05, f64::from(n) * 5.0))
        .collect();
    let even = total(&even, 50.0);
    let lost = expected_above(&even, 50.0);
    assert!((11.5..14.0).contains(&lost), "an eighth of 100: {lost}");
}

#[test]
fn more_stock_never_means_more_loss() {
    let even: Vec<(f64, f64)> = (1..20)
        .map(|n| (f64::from(n) * 0.05, f64::from(n) * 5.0))
        .collect();
    let even = total(&even, 50.0);
    let losses: Vec<f64> = (0..40)
        .map(|n| expected_above(&even, f64::from(n) * 5.0))
        .collect();
    assert!(losses.windows(2).all(|pair| pair[0] >= pair[1]));
    assert!(losses.iter().all(|loss| *loss >= 0.0));
}

#[test]
fn a_product_below_cost_loses_no_margin() {
    assert_eq!(margin_at_risk(12.0, -5), 0);
    assert_eq!(margin_at_risk(2.5, 1_000), 2_500);
}

fn amount(minor: i64) -> kernel::Amount {
    kernel::Amount::new(minor).unwrap()
}

fn line(margin_at_risk_minor: i64, basis: Basis) -> LowStock {
    let product = ProductFacts {
        id: "00000000-0000-7000-8000-000000000001".parse().unwrap(),
        sku: "P".to_owned(),
        name: "P".to_owned(),
        category_id: None,
        unit: "piece".to_owned(),
        price_minor: amount(100),
        net_price_minor: amount(100),
        cost_minor: amount(60),
        tax_rate_bp: 0,
        reorder_level: Quantity::from_units(1),
        lead_time_days: None,
        service_level_bp: None,
        is_archived: false,
        on_hand: Quantity::from_units(0),
        created_at: kernel::Timestamp::from_micros(0),
    };
    let why = Why {
        on_hand: product.on_hand,
        lead_time_days: 2,
        lead_time_set_by: set_by(None),
        next_order_on: NaiveDate::default(),
        next_delivery_on: NaiveDate::default(),
        days_to_delivery: 4,
        order_days_of: super::super::rhythm::OrderDaysOf::Shop,
        service_level_bp: 9_500,
        service_level_set_by: set_by(None),
        reorder_level: product.reorder_level,
        expected_demand: Some(10.0),
        demand_lo80: None,
        demand_hi80: None,
        expected_lost_units: None,
        unit_margin_minor: 40,
        unit_sales_minor: 100,
        unit_cost_minor: 60,
        review_days: 7,
        review_demand: None,
        method: None,
        trained_to: NaiveDate::default(),
        model_id: None,
    };
    LowStock {
        action: LowStockAction::Order,
        basis,
        margin_at_risk_minor,
        ..blank(&product, why, Vec::new())
    }
}

#[test]
fn severity_follows_the_money_that_is_lost() {
    let said = |lost: i64| severity(&line(lost, Basis::Forecast), 10_000.0);
    assert_eq!(
        [0, 49, 50, 299, 300, 999, 1_000].map(said),
        [
            LowStockSeverity::Low,
            LowStockSeverity::Low,
            LowStockSeverity::Medium,
            LowStockSeverity::Medium,
            LowStockSeverity::High,
            LowStockSeverity::High,
            LowStockSeverity::Critical
        ]
    );
    // Ten expected in four days, each with a margin of 40.
    assert_eq!(margin_a_day(&line(0, Basis::Forecast)), Some(100.0));
    // Nothing is expected to be earned, and nothing can be lost.
    assert_eq!(
        severity(&line(0, Basis::Forecast), 0.0),
        LowStockSeverity::Low
    );
    assert_eq!(
        severity(&line(0, Basis::ReorderLevel), 1.0),
        LowStockSeverity::Medium
    );
}
