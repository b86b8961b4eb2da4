import { useQuery } from '@tanstack/react-query';
import { locationsQuery } from '@/api/queries';
import { SelectField } from '@/ui/SelectField';

/** One of the shop's places; the default one where none is chosen. Not there when there is only one. */
export function PlaceField({
  label,
  value,
  error,
  always,
  onChange,
}: {
  label: string;
  value: string;
  error?: string | undefined;
  always?: boolean;
  onChange: (id: string) => void;
}) {
  const { data } = useQuery(locationsQuery);
  // Nothing comes in or goes out at a place that is archived.
  const places = (data ?? []).filter((place) => !place.archived);
  if (places.length < 2 && !always) return null;
  return (
    <SelectField
      label={label}
      {...(error && { error })}
      value={value || (places.find((place) => place.is_default)?.id ?? '')}
      options={places.map((place) => ({ value: place.id, label: place.name }))}
      onChange={onChange}
    />
  );
}
