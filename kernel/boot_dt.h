/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From the device tree to struct boot_info. Boot stage; keeps no pointers. */
#ifndef KERNEL_BOOT_DT_H
#define KERNEL_BOOT_DT_H

#include "kernel/boot.h"
#include "kernel/fdt.h"

/**
 * boot_dt_console() - fill bi->console with the UART to print on
 *
 * What stdout-path names; else what the alias serial0 names; else, where there is no console yet, the
 * first UART of the tree that this kernel can drive and that answers. All but the first case are said.
 *
 * First of all, so that what follows can be said. Return: 0; -ENODEV where there is none: bi->console
 * is left as it was.
 */
int boot_dt_console(struct boot_info *bi, const struct fdt *fdt);

/**
 * boot_dt_read() - memory, reservations, CPUs, command line, initrd and seed
 * @bi: image_pa, image_size, dtb_pa and boot_hwid are set; memblock is empty, and its lists have storage
 * @why: after an error, what is wrong, as the end of a sentence "device tree: ..."
 *
 * Reserves the image, the tree and the initrd. bi->cmdline is filled, not parsed. What is odd but
 * harmless is a warning on the console.
 *
 * Return: 0; -EINVAL; -E2BIG (more ranges than the lists have storage for).
 */
int boot_dt_read(struct boot_info *bi, const struct fdt *fdt, const char **why);

#endif
