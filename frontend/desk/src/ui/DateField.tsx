import { DateInput, type DateInputProps } from '@mantine/dates';
import '@mantine/dates/styles.css';
import dayjs from 'dayjs';
import 'dayjs/locale/nl';
import customParseFormat from 'dayjs/plugin/customParseFormat';
import { useTranslation } from 'react-i18next';
import { parseTypedDate } from '@/format/dates';
import { useLocale } from '@/format/useFormat';
import { useSession } from '@/session/session';

dayjs.extend(customParseFormat);

const SHOWN = 'D MMM YYYY';

/** parseShown reads a date as the field itself writes it, for who changes one digit of it. */
function parseShown(text: string, language: string): string | null {
  const at = dayjs(text, SHOWN, language);
  return at.isValid() ? at.format('YYYY-MM-DD') : null;
}

interface DateFieldProps extends Omit<DateInputProps, 'value' | 'onChange' | 'maxDate'> {
  value?: string;
  onChange?: (date: string) => void;
  max?: string;
}

/** DateField is a civil date, typed as the reader writes dates or chosen from a calendar. */
export function DateField({ value, onChange, max, ...rest }: DateFieldProps) {
  const { i18n } = useTranslation();
  const locale = useLocale();
  const { today } = useSession();
  return (
    <DateInput
      {...rest}
      locale={i18n.language}
      valueFormat={SHOWN}
      value={value || null}
      maxDate={max}
      firstDayOfWeek={1}
      clearable={false}
      popoverProps={{ transitionProps: { duration: 80 } }}
      dateParser={(text) => parseTypedDate(text, today, locale) ?? parseShown(text, i18n.language)}
      onChange={(date) => onChange?.(date ?? '')}
    />
  );
}
