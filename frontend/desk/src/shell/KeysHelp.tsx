import { Kbd, Modal, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type KeyGroup, useRegisteredKeys } from '@/keys/keys';
import classes from './KeysHelp.module.css';

const GROUPS: KeyGroup[] = ['page', 'everywhere', 'go'];

const keyName = (key: string) =>
  key.startsWith('mod+') ? `Ctrl ${key.slice(4).toUpperCase()}` : key.length === 1 ? key.toUpperCase() : key;

export default function KeysHelp({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const shortcuts = useRegisteredKeys();
  const grid: [string[], string][] = [
    [['↑', '↓', 'Home', 'End'], t('keys.move')],
    [['Enter'], t('keys.openRow')],
    [['Space'], t('keys.selectRow')],
  ];
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('keys.help')}
      size="lg"
      closeButtonProps={{ 'aria-label': t('actions.close') }}
    >
      <div className={classes.columns}>
        {GROUPS.map((group) => {
          const mine = shortcuts.filter((shortcut) => shortcut.group === group);
          return mine.length === 0 ? null : (
            <section key={group}>
              <Title order={3} mb={6}>
                {t(`keys.groups.${group}`)}
              </Title>
              <dl className={classes.list}>
                {mine.map((shortcut) => (
                  <div key={shortcut.keys}>
                    <dt>
                      {shortcut.keys.split(' ').map((key) => (
                        <Kbd key={key} size="xs">
                          {keyName(key)}
                        </Kbd>
                      ))}
                    </dt>
                    <dd>{shortcut.label}</dd>
                  </div>
                ))}
              </dl>
            </section>
          );
        })}
        <section>
          <Title order={3} mb={6}>
            {t('keys.groups.grid')}
          </Title>
          <dl className={classes.list}>
            {grid.map(([keys, label]) => (
              <div key={label}>
                <dt>
                  {keys.map((key) => (
                    <Kbd key={key} size="xs">
                      {key}
                    </Kbd>
                  ))}
                </dt>
                <dd>{label}</dd>
              </div>
            ))}
          </dl>
        </section>
      </div>
      <Text size="xs" c="dimmed" mt="md">
        {t('keys.off')}
      </Text>
    </Modal>
  );
}
