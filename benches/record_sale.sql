-- The leanest way to write a sale of three lines in one round trip: what the program is held against.
-- The same tables, keys, checks and triggers; no HTTP, no token, no rules, no rendering.
CREATE SEQUENCE bench_ids CACHE 1000;

CREATE FUNCTION record_sale(a int, b int, c int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    numbers int[] := ARRAY[least(a, b, c), a + b + c - least(a, b, c) - greatest(a, b, c), greatest(a, b, c)];
    shop constant uuid := (SELECT id FROM locations WHERE is_default);
    cashier constant uuid := (SELECT id FROM users WHERE email = 'bench@shop.test');
    -- In order, as the program's are.
    id_start constant bigint := nextval('bench_ids') * 8;
    sale constant uuid := lpad(to_hex(id_start), 32, '0')::uuid;
    now_us constant bigint := extract(epoch FROM clock_timestamp()) * 1000000;
    products uuid[];
    left_milli bigint[];
    seqs bigint[];
    level_milli bigint;
    level_seq bigint;
    sale_number bigint;
BEGIN
    FOR line IN 1..3 LOOP
        products[line] := ('00000000-0000-7000-8000-' || lpad(to_hex(numbers[line]), 12, '0'))::uuid;
        UPDATE stock_levels SET on_hand_milli = on_hand_milli - 1000, seq = seq + 1
            WHERE product_id = products[line] AND location_id = shop AND on_hand_milli >= 1000
            RETURNING on_hand_milli, seq INTO level_milli, level_seq;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'product % is short', numbers[line];
        END IF;
        left_milli[line] := level_milli;
        seqs[line] := level_seq;
    END LOOP;
    INSERT INTO stock_movements (id, product_id, location_id, seq, delta_milli, balance_after_milli, kind, reference_id, actor_id, occurred_at_us, recorded_at_us)
        SELECT lpad(to_hex(id_start + line), 32, '0')::uuid, products[line], shop, seqs[line], -1000, left_milli[line], 'sale', sale, cashier, now_us, now_us
        FROM generate_series(1, 3) AS line;
    -- The row that all sales share comes last.
    UPDATE counters SET value = value + 1 WHERE name = 'sale' RETURNING value INTO sale_number;
    INSERT INTO sales (id, number, state, currency, tax_mode, subtotal_minor, discount_minor, tax_minor, total_minor, cost_minor, rounding_minor, change_minor, paid_minor, location_id, cashier_id, occurred_at_us, recorded_at_us)
        VALUES (sale, sale_number, 'completed', 'CDF', 'included', 300000, 0, 41379, 300000, 240000, 0, 0, 300000, shop, cashier, now_us, now_us);
    INSERT INTO sale_lines (sale_id, id, product_id, product_name, quantity_milli, unit_price_minor, unit_cost_minor, discount_minor, tax_rate_bp, tax_minor, total_minor, cost_minor, refunded_milli)
        SELECT sale, lpad(to_hex(id_start + line), 32, '0')::uuid, products[line], 'Produit', 1000, 100000, 80000, 0, 1600, 13793, 100000, 80000, 0
        FROM generate_series(1, 3) AS line;
    INSERT INTO payments (sale_id, position, method, currency, amount_minor, rate_micros, base_minor, is_live)
        VALUES (sale, 0, 'cash', 'CDF', 300000, 1000000, 300000, true);
    RETURN sale_number;
END $$;
