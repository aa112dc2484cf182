import { Combobox, Loader, TextInput, useCombobox } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok, type Schemas } from '@/api/client';

export type Picked = Pick<Schemas['CustomerRow'], 'id' | 'number' | 'name'>;

interface CustomerPickerProps {
  label: string;
  description?: string;
  value: Picked | undefined;
  onChange: (customer: Picked | undefined) => void;
  error?: string;
  autoFocus?: boolean;
}

/** CustomerPicker finds a customer by number, name or town while one types. */
export function CustomerPicker({
  label,
  description,
  value,
  onChange,
  error,
  autoFocus,
}: CustomerPickerProps) {
  const { t } = useTranslation();
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const [text, setText] = useState(value ? `${value.number} ${value.name}` : '');
  const [asked] = useDebouncedValue(text.trim(), 120);
  const found = useQuery({
    queryKey: ['customers', 'pick', asked],
    enabled: combobox.dropdownOpened,
    queryFn: ({ signal }) =>
      ok(
        api.GET('/api/v1/customers', {
          params: { query: { q: asked || undefined, limit: 20, sort: 'name' } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
  // The list has a line per currency; a customer is offered once.
  const options = [...new Map((found.data?.items ?? []).map((row) => [row.id, row])).values()];
  return (
    <Combobox
      store={combobox}
      onOptionSubmit={(id) => {
        const picked = options.find((row) => row.id === id);
        onChange(picked);
        setText(picked ? `${picked.number} ${picked.name}` : '');
        combobox.closeDropdown();
      }}
    >
      <Combobox.Target>
        <TextInput
          label={label}
          description={description}
          placeholder={t('customers.pick')}
          value={text}
          error={error}
          data-autofocus={autoFocus || undefined}
          rightSection={found.isFetching ? <Loader size={16} /> : null}
          onChange={(event) => {
            setText(event.currentTarget.value);
            if (value) onChange(undefined);
            combobox.openDropdown();
            combobox.updateSelectedOptionIndex();
          }}
          onFocus={() => combobox.openDropdown()}
          onBlur={() => combobox.closeDropdown()}
        />
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Options mah={260} style={{ overflowY: 'auto' }}>
          {options.map((row) => (
            <Combobox.Option value={row.id} key={row.id}>
              <span className="num">{row.number}</span> {row.name}
              {row.city && ` · ${row.city}`}
            </Combobox.Option>
          ))}
          {options.length === 0 && (
            <Combobox.Empty>
              {found.isFetching ? t('palette.searching') : t('customers.noneFound')}
            </Combobox.Empty>
          )}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}
