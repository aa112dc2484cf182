import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';

const known = [
  'transfer',
  'cash',
  'import',
  'ideal',
  'creditcard',
  'bancontact',
  'directdebit',
  'banktransfer',
  'paypal',
  'applepay',
] as const;
type Known = (typeof known)[number];

/** useMethodName names a way of paying; one that is new at the provider keeps the provider's own name. */
export function useMethodName() {
  const { t } = useTranslation();
  return useCallback(
    (method: string) =>
      (known as readonly string[]).includes(method) ? t(`method.${method as Known}`) : method,
    [t],
  );
}
