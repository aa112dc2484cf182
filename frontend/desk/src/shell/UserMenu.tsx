import {
  Avatar,
  Menu,
  SegmentedControl,
  Stack,
  Switch,
  Text,
  UnstyledButton,
  useMantineColorScheme,
  VisuallyHidden,
} from '@mantine/core';
import { IconLogout, IconSettings } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Language, speak } from '@/i18n';
import { letterKeys, setLetterKeys } from '@/keys/keys';
import { useSession } from '@/session/session';
import { applyDensity, type Density, density } from '@/theme/density';

/** UserMenu holds what is the reader's own: language, light or dark, density, letter keys. */
export function UserMenu() {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const { me, signOut, version } = useSession();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [close, setClose] = useState<Density>(density());
  const [letters, setLetters] = useState(letterKeys());
  return (
    <Menu position="bottom-end" width={280} closeOnItemClick={false}>
      <Menu.Target>
        <UnstyledButton>
          <VisuallyHidden>{t('nav.user', { name: me.name })}</VisuallyHidden>
          <Avatar aria-hidden name={me.name} size={32} radius="50%" color="settled" variant="light" />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {me.name} · {t(`role.${me.role}`)}
        </Menu.Label>
        <Stack gap={10} p="xs">
          <div>
            <Text size="xs" c="dimmed" mb={4} id="menu-language">
              {t('settings.language')}
            </Text>
            <SegmentedControl
              fullWidth
              size="xs"
              aria-labelledby="menu-language"
              value={i18n.language}
              onChange={(value) => void speak(value as Language)}
              data={[
                { value: 'nl', label: 'Nederlands' },
                { value: 'en', label: 'English' },
              ]}
            />
          </div>
          <div>
            <Text size="xs" c="dimmed" mb={4} id="menu-scheme">
              {t('look.scheme')}
            </Text>
            <SegmentedControl
              fullWidth
              size="xs"
              aria-labelledby="menu-scheme"
              value={colorScheme}
              onChange={(value) => setColorScheme(value as 'light' | 'dark' | 'auto')}
              data={[
                { value: 'light', label: t('look.light') },
                { value: 'dark', label: t('look.dark') },
                { value: 'auto', label: t('look.auto') },
              ]}
            />
          </div>
          <div>
            <Text size="xs" c="dimmed" mb={4} id="menu-density">
              {t('look.density')}
            </Text>
            <SegmentedControl
              fullWidth
              size="xs"
              aria-labelledby="menu-density"
              value={close}
              onChange={(value) => {
                setClose(value as Density);
                applyDensity(value as Density);
              }}
              data={[
                { value: 'compact', label: t('look.compact') },
                { value: 'normal', label: t('look.normal') },
                { value: 'roomy', label: t('look.roomy') },
              ]}
            />
          </div>
          <Switch
            size="sm"
            label={t('look.letterKeys')}
            checked={letters}
            onChange={(event) => {
              setLetters(event.currentTarget.checked);
              setLetterKeys(event.currentTarget.checked);
            }}
          />
        </Stack>
        <Menu.Divider />
        <Menu.Item
          closeMenuOnClick
          leftSection={<IconSettings size={16} stroke={1.6} />}
          onClick={() => void navigate({ to: '/settings/$section', params: { section: 'account' } })}
        >
          {t('settings.account')}
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} stroke={1.6} />} onClick={() => void signOut()}>
          {t('nav.signOut')}
        </Menu.Item>
        <Text size="xs" c="dimmed" px="xs" py={4}>
          Voldaan {version}
        </Text>
      </Menu.Dropdown>
    </Menu>
  );
}
