import { Tooltip, UnstyledButton } from '@mantine/core';
import { IconAlertTriangle, IconWorld, IconWorldOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, ok } from '@/api/client';
import { useLive } from '@/live/LiveProvider';
import { openExternal } from '@/native/native';
import classes from './Shell.module.css';

/** PortalState keeps in sight whether customers can reach the portal, and where. */
export function PortalState() {
  const { t } = useTranslation();
  const { state: live } = useLive();
  const system = useQuery({
    queryKey: ['system'],
    queryFn: () => ok(api.GET('/api/v1/system')),
    refetchInterval: 60_000,
  });
  const portal = system.data?.portal;
  const address = portal?.public_url || portal?.address || '';
  const url = /^https?:/.test(address) ? address : `http://${address}`;
  const state = !portal ? 'off' : portal.running ? 'on' : portal.error ? 'bad' : 'off';
  const icon = { size: 15, stroke: 1.8, 'aria-hidden': true } as const;
  return (
    <div>
      <div className={classes.liveRow} role="status">
        <span className={classes.dot} data-state={live} />
        {t(`live.${live}`)}
      </div>
      {portal && (
        <Tooltip
          label={portal.error || address}
          position="right"
          disabled={!portal.error && address.length < 26}
        >
          <UnstyledButton
            className={classes.portal}
            data-state={state}
            disabled={!portal.running}
            onClick={() => openExternal(url)}
            title={portal.running ? t('portal.open') : undefined}
          >
            <span className={classes.portalHead}>
              {state === 'on' && <IconWorld {...icon} />}
              {state === 'off' && <IconWorldOff {...icon} />}
              {state === 'bad' && <IconAlertTriangle {...icon} />}
              {t(`portal.${state}`)}
            </span>
            <span className={classes.portalAddress}>{address.replace(/^https?:\/\//, '')}</span>
          </UnstyledButton>
        </Tooltip>
      )}
    </div>
  );
}
