import { ActionIcon, Indicator, Popover, ScrollArea, Stack, Text, Title } from '@mantine/core';
import { IconBell } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLive } from '@/live/LiveProvider';
import { EventLine } from '@/today/EventLine';

const OURS = ['user', 'system', 'importer', 'cli'];

/** Bell counts what others did since the reader last looked: payments and what customers do on the portal. */
export function Bell() {
  const { t } = useTranslation();
  const { latest } = useLive();
  const [seen, setSeen] = useState(0);
  const events = latest.filter((entry) => !OURS.includes(entry.actor.kind));
  const fresh = events.filter((entry) => entry.seq > seen).length;
  return (
    <Popover
      position="bottom-end"
      shadow="md"
      width={380}
      trapFocus
      onOpen={() => setSeen(latest[0]?.seq ?? seen)}
    >
      <Indicator label={fresh > 9 ? '9+' : fresh} size={16} disabled={fresh === 0} color="overdue" offset={5}>
        <Popover.Target>
          <ActionIcon variant="subtle" color="ink" size={34} aria-label={t('bell.label', { count: fresh })}>
            <IconBell size={20} stroke={1.6} />
          </ActionIcon>
        </Popover.Target>
      </Indicator>
      <Popover.Dropdown>
        <Title order={2} mb="xs">
          {t('bell.title')}
        </Title>
        {events.length === 0 ? (
          <Text c="dimmed">{t('bell.empty')}</Text>
        ) : (
          <ScrollArea.Autosize mah={360}>
            <Stack gap={8}>
              {events.map((entry) => (
                <EventLine key={entry.seq} event={entry} />
              ))}
            </Stack>
          </ScrollArea.Autosize>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}
