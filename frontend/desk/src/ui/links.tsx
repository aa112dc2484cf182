// Buttons and anchors of the look that go to a page of the router, with its types.

import { Anchor, type AnchorProps, Button, type ButtonProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { AnchorHTMLAttributes, Ref } from 'react';
import classes from './ui.module.css';

type Attributes<P> = P &
  Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof P> & { ref?: Ref<HTMLAnchorElement> };

function ButtonAnchor(props: Attributes<ButtonProps>) {
  return <Button component="a" {...props} />;
}

function PlainAnchor(props: Attributes<AnchorProps>) {
  return <Anchor {...props} className={classes.crumb} />;
}

export const ButtonLink = createLink(ButtonAnchor);
export const AnchorLink = createLink(PlainAnchor);
