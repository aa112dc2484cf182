import { SegmentedControl, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconFilter } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNarrow } from './useNarrow';

interface FilterBarProps {
  q: string;
  onQ: (q: string) => void;
  show: string;
  onShow: (show: string) => void;
  choices: { value: string; label: string }[];
  placeholder: string;
}

/** FilterBar is the text and the slices above a grid. */
export function FilterBar({ q, onQ, show, onShow, choices, placeholder }: FilterBarProps) {
  const { t } = useTranslation();
  const narrow = useNarrow();
  const [text, setText] = useState(q);
  const tell = useDebouncedCallback(onQ, 200);
  useEffect(() => setText(q), [q]);
  return (
    <>
      <TextInput
        data-filter
        size="xs"
        w={narrow ? '100%' : 240}
        type="search"
        leftSection={<IconFilter size={15} stroke={1.6} aria-hidden />}
        placeholder={placeholder}
        aria-label={placeholder}
        value={text}
        maxLength={200}
        onChange={(event) => {
          setText(event.currentTarget.value);
          tell(event.currentTarget.value);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur();
        }}
      />
      {narrow ? (
        <Select
          size="xs"
          w="100%"
          data={choices}
          value={show}
          onChange={(value) => value && onShow(value)}
          aria-label={t('grid.show')}
        />
      ) : (
        <SegmentedControl
          size="xs"
          data={choices}
          value={show}
          onChange={onShow}
          aria-label={t('grid.show')}
        />
      )}
    </>
  );
}
