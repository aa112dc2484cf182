import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { Texts } from '@/i18n/nl';

type FieldName = keyof Texts['importField'];

/** useFieldName names what a column can hold; a field that is new in the program keeps its own name. */
export function useFieldName() {
  const { t, i18n } = useTranslation();
  return useCallback(
    (field: string) => (i18n.exists(`importField.${field}`) ? t(`importField.${field as FieldName}`) : field),
    [t, i18n],
  );
}
