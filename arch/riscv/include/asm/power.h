/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ending the machine. */
#ifndef ASM_POWER_H
#define ASM_POWER_H

#include <graticule/types.h>

/** power_test_device() - registers of a "sifive,test0" device, or PHYS_NONE. Boot stage. */
void power_test_device(phys_addr_t pa);

#endif
