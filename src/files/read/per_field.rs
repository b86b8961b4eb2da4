//! A value for each field, found by its place: every cell of a file asks for its column.

use strum::{EnumCount as _, VariantArray as _};

use super::fields::Field;

/// Some value for some fields, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PerField<T>([Option<T>; Field::COUNT]);

impl<T> Default for PerField<T> {
    fn default() -> Self {
        Self([const { None }; Field::COUNT])
    }
}

impl<T> PerField<T> {
    /// The value of a field.
    #[must_use]
    pub fn get(&self, field: Field) -> Option<&T> {
        self.0.get(field as usize)?.as_ref()
    }

    /// Sets the value of a field and returns the one before.
    pub fn insert(&mut self, field: Field, value: T) -> Option<T> {
        self.0.get_mut(field as usize)?.replace(value)
    }

    /// Takes the value of a field away.
    pub fn remove(&mut self, field: Field) -> Option<T> {
        self.0.get_mut(field as usize)?.take()
    }

    /// The value of a field, which gets the default one where it has none.
    pub fn get_or_default(&mut self, field: Field) -> Option<&mut T>
    where
        T: Default,
    {
        let place = self.0.get_mut(field as usize)?;
        Some(place.get_or_insert_default())
    }

    /// Keeps the values for which `keeps` is true.
    pub fn retain(&mut self, keeps: impl Fn(&T) -> bool) {
        for value in &mut self.0 {
            value.take_if(|value| !keeps(value));
        }
    }

    /// The values with their fields.
    pub fn iter(&self) -> impl Iterator<Item = (Field, &T)> {
        let fields = Field::VARIANTS.iter().zip(&self.0);
        fields.filter_map(|(field, value)| Some((*field, value.as_ref()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_a_place_of_its_own_in_their_order() {
        let mut values = PerField::default();
        for (number, field) in Field::VARIANTS.iter().enumerate().rev() {
            assert_eq!(values.insert(*field, number), None);
        }
        let numbers: Vec<usize> = values.iter().map(|(_, number)| *number).collect();
        assert_eq!(numbers, (0..Field::COUNT).collect::<Vec<_>>());
        assert_eq!(values.insert(Field::Price, 99), Some(Field::Price as usize));
        assert_eq!(values.remove(Field::Price), Some(99));
        assert_eq!(values.get(Field::Price), None);
        values.retain(|number| *number == Field::Sku as usize);
        let left: Vec<Field> = values.iter().map(|(field, _)| field).collect();
        assert_eq!(left, [Field::Sku]);
        *values.get_or_default(Field::Cost).unwrap() += 7;
        assert_eq!(values.get(Field::Cost), Some(&7));
    }
}
