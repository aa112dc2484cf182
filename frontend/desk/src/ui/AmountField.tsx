import { TextInput, type TextInputProps } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatCell, parseTyped } from '@/format/money';
import { useLocale } from '@/format/useFormat';

interface AmountFieldProps extends Omit<TextInputProps, 'value' | 'onChange'> {
  /** A wire amount ("1210.00"), or empty. */
  value?: string;
  currency: string;
  onChange?: (amount: string) => void;
}

/** AmountField takes an amount as the reader writes it and gives it as the API wants it. */
export function AmountField({ value = '', currency, onChange, error, ...rest }: AmountFieldProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const shown = value && Number(value) !== 0 ? formatCell(value, currency, locale) : '';
  const [text, setText] = useState(shown);
  const [wrong, setWrong] = useState(false);
  const [editing, setEditing] = useState(false);
  useEffect(() => {
    if (!editing) {
      setText(shown);
      setWrong(false);
    }
  }, [shown, editing]);
  return (
    <TextInput
      inputMode="decimal"
      autoComplete="off"
      {...rest}
      value={text}
      error={wrong ? t('fields.amountWrong') : error}
      styles={{ input: { textAlign: 'right', fontVariantNumeric: 'tabular-nums' } }}
      onFocus={(event) => {
        setEditing(true);
        event.currentTarget.select();
      }}
      onChange={(event) => {
        const typed = event.currentTarget.value;
        setText(typed);
        const parsed = typed.trim() === '' ? '' : parseTyped(typed, currency, locale);
        setWrong(parsed === undefined);
        if (parsed !== undefined) onChange?.(parsed);
      }}
      onBlur={() => {
        if (!wrong) setEditing(false);
      }}
    />
  );
}
