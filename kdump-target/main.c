/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kdump-target: options and transports. */
int
main (void)
{
  return 0;
}
