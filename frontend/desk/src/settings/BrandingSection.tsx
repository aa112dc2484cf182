import {
  Alert,
  Button,
  ColorInput,
  FileButton,
  Group,
  SegmentedControl,
  Stack,
  Text,
  Textarea,
} from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, bearer, ok, toApiError } from '@/api/client';
import { useFormat } from '@/format/useFormat';
import { toastError } from '@/ui/toast';
import { contrast, READABLE } from './contrast';
import classes from './Settings.module.css';
import { useFirm } from './useFirm';

const LARGEST_LOGO = 512 * 1024;
/** The typefaces as the portal has them. */
const FONTS = {
  inter: undefined,
  serif: 'Charter, "Bitstream Charter", "Sitka Text", Cambria, Georgia, serif',
  system: 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
};
const OURS = '#1F7A5C';

export function BrandingSection() {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const { firm, save } = useFirm();
  const [color, setColor] = useState(firm.brand.color || OURS);
  const [footer, setFooter] = useState(firm.brand.footer);
  const [font, setFont] = useState(firm.brand.font);
  const [legal, setLegal] = useState(firm.brand.legal);
  const ratio = contrast(color, '#ffffff');
  const logo = useLogo(firm.id, firm.brand.has_logo);

  const putLogo = useMutation({
    mutationFn: async (file: File) => {
      if (file.size > LARGEST_LOGO) throw new RangeError('too large');
      const bytes = new Uint8Array(await file.arrayBuffer());
      return ok(
        api.PUT('/api/v1/firms/{firm}/logo', {
          params: { path: { firm: firm.id } },
          body: bytes as unknown as string,
          bodySerializer: (body: unknown) => body as Uint8Array<ArrayBuffer>,
          headers: { 'Content-Type': 'application/octet-stream' },
        }),
      );
    },
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['firms'] });
      void client.invalidateQueries({ queryKey: ['logo'] });
    },
    onError: (error) => {
      if (!(error instanceof RangeError)) toastError(error);
    },
  });
  const removeLogo = useMutation({
    mutationFn: () => ok(api.DELETE('/api/v1/firms/{firm}/logo', { params: { path: { firm: firm.id } } })),
    onSuccess: () => void client.invalidateQueries({ queryKey: ['firms'] }),
    onError: toastError,
  });

  return (
    <>
      <p className={classes.lead}>{t('branding.lead')}</p>
      <div className={classes.brand}>
        <Stack gap="md">
          <div>
            <Text fw={500} mb={4}>
              {t('branding.logo')}
            </Text>
            <Group gap="xs">
              <FileButton accept="image/png,image/jpeg" onChange={(file) => file && putLogo.mutate(file)}>
                {(props) => (
                  <Button {...props} variant="default" loading={putLogo.isPending}>
                    {firm.brand.has_logo ? t('branding.otherLogo') : t('branding.chooseLogo')}
                  </Button>
                )}
              </FileButton>
              {firm.brand.has_logo && (
                <Button variant="subtle" color="ink" onClick={() => removeLogo.mutate()}>
                  {t('branding.removeLogo')}
                </Button>
              )}
            </Group>
            <Text
              size="xs"
              c={putLogo.error instanceof RangeError ? 'var(--v-overdue)' : 'dimmed'}
              mt={4}
              role="status"
            >
              {t('branding.logoHint')}
            </Text>
          </div>
          <ColorInput
            label={t('branding.color')}
            format="hex"
            value={color}
            onChange={setColor}
            eyeDropperButtonProps={{ 'aria-label': t('branding.eyeDropper') }}
            swatches={['#1F7A5C', '#2D5BA8', '#1B2333', '#8A3324', '#6B3FA0', '#0F6E84']}
            error={ratio === undefined ? t('branding.noColor') : undefined}
          />
          {ratio !== undefined && (
            <Alert color={ratio >= READABLE ? 'settled' : 'yellow'} role="status">
              {ratio >= READABLE
                ? t('branding.readable', {
                    ratio: new Intl.NumberFormat(format.locale, { maximumFractionDigits: 1 }).format(ratio),
                  })
                : t('branding.tooLight', {
                    ratio: new Intl.NumberFormat(format.locale, { maximumFractionDigits: 1 }).format(ratio),
                  })}
            </Alert>
          )}
          <div>
            <Text fw={500} mb={4} id="branding-font">
              {t('branding.font')}
            </Text>
            <SegmentedControl
              aria-labelledby="branding-font"
              value={font}
              onChange={(value) => setFont(value as typeof font)}
              data={[
                { value: 'inter', label: 'Inter' },
                { value: 'serif', label: t('branding.serif') },
                { value: 'system', label: t('branding.system') },
              ]}
            />
          </div>
          <Textarea
            label={t('branding.footer')}
            description={t('branding.footerHint')}
            autosize
            minRows={2}
            maxLength={500}
            value={footer}
            onChange={(event) => setFooter(event.currentTarget.value)}
          />
          <Textarea
            label={t('branding.legal')}
            description={t('branding.legalHint')}
            autosize
            minRows={2}
            maxLength={1000}
            value={legal}
            onChange={(event) => setLegal(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button
              loading={save.isPending}
              disabled={ratio === undefined}
              onClick={() => save.mutate({ brand: { color, footer, font, legal } })}
            >
              {t('actions.save')}
            </Button>
          </Group>
        </Stack>
        <div>
          <Text size="xs" c="dimmed" mb={6}>
            {t('branding.preview')}
          </Text>
          <div className={classes.phone} style={{ fontFamily: FONTS[font] }} aria-hidden="true">
            <div className={classes.phoneHead}>
              {logo && <img src={logo} alt="" />}
              {!logo && firm.name}
            </div>
            <div className={classes.phoneLine}>
              <span>{t('branding.due')}</span>
              <b className="num">{format.money('3482.50', firm.currency)}</b>
            </div>
            <div
              className={classes.phoneButton}
              style={{ background: ratio === undefined ? OURS : ratio >= READABLE ? color : darker(color) }}
            >
              {t('branding.pay', { money: format.money('910.00', firm.currency) })}
            </div>
            <div className={classes.invoice}>
              <b>2026-0412</b>
              <div className="num" style={{ color: '#b3401f' }}>
                {format.money('910.00', firm.currency)} · {t('late.late', { count: 12 })}
              </div>
            </div>
            <div className={classes.phoneFooter}>{footer || firm.name}</div>
          </div>
        </div>
      </div>
    </>
  );
}

/** darker takes a colour down until white text on it can be read, as the portal does. */
export function darker(hex: string): string {
  let channels = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  for (let i = 0; i < 40; i++) {
    const now = `#${channels.map((value) => Math.round(value).toString(16).padStart(2, '0')).join('')}`;
    if ((contrast(now, '#ffffff') ?? 21) >= READABLE) return now;
    channels = channels.map((value) => value * 0.94);
  }
  return '#1b2333';
}

/** useLogo loads the logo with the token: an img element cannot send a header. */
function useLogo(firm: string, has: boolean): string | undefined {
  const logo = useQuery({
    queryKey: ['logo', firm, has],
    enabled: has,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async () => {
      const response = await fetch(`/api/v1/firms/${encodeURIComponent(firm)}/logo`, {
        headers: { Authorization: `Bearer ${bearer() ?? ''}` },
      });
      if (!response.ok) throw toApiError(response.status, undefined);
      return response.blob();
    },
  });
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    if (!has || !logo.data) {
      setUrl(undefined);
      return;
    }
    const made = URL.createObjectURL(logo.data);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [has, logo.data]);
  return url;
}
