//! Money in the document: an amount is written where it is used, as a number with its range, and not
//! as a reference.

use std::collections::BTreeMap;

use kernel::{Amount, Balance};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Components, RefOr, Schema,
        schema::{ArrayItems, Object, SchemaType, Type},
    },
};

/// The schema of each type of money, by the reference to it.
type Kinds = BTreeMap<String, Object>;

/// Replaces the references to types of money, and removes their schemas.
pub(super) fn complete(components: &mut Components) {
    let kinds: Kinds = [of::<Amount>(), of::<Balance>()]
        .into_iter()
        .flatten()
        .collect();
    components.schemas.remove(&*Amount::name());
    components.schemas.remove(&*Balance::name());
    for schema in components.schemas.values_mut() {
        write_out(schema, &kinds);
    }
}

fn of<T: PartialSchema + ToSchema>() -> Option<(String, Object)> {
    match T::schema() {
        RefOr::T(Schema::Object(kind)) => {
            Some((format!("#/components/schemas/{}", T::name()), kind))
        }
        _ => None,
    }
}

fn write_out(schema: &mut RefOr<Schema>, kinds: &Kinds) {
    if let Some(money) = money_of(schema, kinds) {
        *schema = money.into();
        return;
    }
    let RefOr::T(schema) = schema else { return };
    match schema {
        Schema::Object(object) => {
            for property in object.properties.values_mut() {
                write_out(property, kinds);
            }
        }
        Schema::Array(array) => {
            if let ArrayItems::RefOrSchema(items) = &mut array.items {
                write_out(items, kinds);
            }
        }
        Schema::AllOf(parts) => parts.items.iter_mut().for_each(|one| write_out(one, kinds)),
        Schema::OneOf(parts) => parts.items.iter_mut().for_each(|one| write_out(one, kinds)),
        Schema::AnyOf(parts) => parts.items.iter_mut().for_each(|one| write_out(one, kinds)),
        _ => {}
    }
}

/// The number for a reference to a type of money, or for the choice between one and null.
fn money_of(schema: &RefOr<Schema>, kinds: &Kinds) -> Option<Object> {
    match schema {
        RefOr::Ref(named) => {
            let mut money = kinds.get(&named.ref_location)?.clone();
            money.description = Some(named.description.clone()).filter(|text| !text.is_empty());
            Some(money)
        }
        RefOr::T(Schema::OneOf(choice)) => {
            let [money, null] = choice.items.as_slice() else {
                return None;
            };
            let mut money = money_of(money, kinds).filter(|_| is_null(null))?;
            money.schema_type = SchemaType::Array(vec![Type::Integer, Type::Null]);
            Some(money)
        }
        RefOr::T(_) => None,
    }
}

fn is_null(schema: &RefOr<Schema>) -> bool {
    matches!(schema, RefOr::T(Schema::Object(object)) if object.schema_type == SchemaType::Type(Type::Null))
}

#[cfg(test)]
mod tests {
    use kernel::{figure::MAX_FIGURE, money::MAX_MINOR};
    use serde_json::json;

    #[test]
    fn money_is_a_number_with_its_range_where_it_is_used() {
        let document = serde_json::to_value(crate::openapi::document()).unwrap();
        let schemas = &document["components"]["schemas"];
        let total = &schemas["Sale"]["properties"]["total_minor"];
        assert_eq!(total["type"], "integer");
        assert_eq!(total["format"], "int64");
        assert_eq!(total["minimum"], 0);
        assert_eq!(total["maximum"], MAX_MINOR);
        assert!(total["description"].is_string());
        let rounding = &schemas["Sale"]["properties"]["rounding_minor"];
        assert_eq!(rounding["minimum"], -MAX_FIGURE);
        let amount = &schemas["Evidence"]["properties"]["amount_minor"];
        assert_eq!(amount["type"], json!(["integer", "null"]));
        let written = document.to_string();
        for name in ["Amount", "Balance"] {
            assert!(schemas.get(name).is_none(), "{name}");
            let reference = format!("#/components/schemas/{name}\"");
            assert!(!written.contains(&reference), "{reference}");
        }
    }
}
