import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { expect, test, vi } from 'vitest';
import { Problem } from '@/api/problem';
import { renderPart } from '@/testing/render';
import { TextField } from './fields';
import { MoneyField, QuantityField } from './figures';
import { ErrorState } from './states';
import { useFieldErrors } from './useFieldErrors';

test('money is read as it is typed, written anew when it is left, and refused where it is ambiguous', async () => {
  const onChange = vi.fn();
  await renderPart(
    <MoneyField label="Prix" currency="CDF" minor={undefined} onChange={onChange} />,
  );
  const field = screen.getByLabelText('Prix');
  await userEvent.type(field, '12500');
  await userEvent.tab();
  expect(onChange).toHaveBeenLastCalledWith(1_250_000);
  expect(field).toHaveValue('12\u00a0500');
  await userEvent.clear(field);
  await userEvent.type(field, '12,500');
  await userEvent.tab();
  expect(onChange).toHaveBeenLastCalledWith(undefined);
  expect(field).toHaveAccessibleDescription(/deux façons/);
});

test('a quantity steps, and is never less than nothing', async () => {
  const onChange = vi.fn();
  await renderPart(<QuantityField label="Quantité" value={1} min={1} onChange={onChange} />);
  await userEvent.click(screen.getByRole('button', { name: 'Un de plus' }));
  expect(onChange).toHaveBeenLastCalledWith(2);
  await userEvent.click(screen.getByRole('button', { name: 'Un de moins' }));
  expect(onChange).toHaveBeenLastCalledWith(1);
});

const refusal = new Problem(422, {
  code: 'request.validation_failed',
  errors: [
    { pointer: '/name', code: 'field.blank', detail: '' },
    { pointer: '/elsewhere', code: 'field.required', detail: '' },
  ],
});

function Form() {
  const errors = useFieldErrors(['name']);
  const [name, setName] = useState('');
  return (
    <>
      <TextField
        label="Nom"
        error={errors.at('name')}
        value={name}
        onChange={(event) => {
          setName(event.target.value);
        }}
      />
      <p>{errors.rest}</p>
      <button
        type="button"
        onClick={() => {
          errors.take(refusal);
        }}
      >
        Envoyer
      </button>
    </>
  );
}

test('a refusal lands beside its field, and what has no field above the form', async () => {
  await renderPart(<Form />);
  await userEvent.click(screen.getByRole('button', { name: 'Envoyer' }));
  expect(screen.getByLabelText('Nom')).toHaveAccessibleDescription('Ne laissez pas ce champ vide.');
  expect(screen.getByLabelText('Nom')).toBeInvalid();
  expect(screen.getByText('Ce champ est obligatoire.')).toBeVisible();
});

test('a failure says its cause and the code for the support', async () => {
  const failure = new Problem(500, { code: 'server.internal', request_id: '01a2' });
  await renderPart(<ErrorState error={failure} />);
  expect(screen.getByRole('alert')).toHaveTextContent('Code à donner au support : 01a2');
});
