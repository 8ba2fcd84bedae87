/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Firmware calls (Arm DEN0022, PSCI; DEN0028, SMCCC). */
#ifndef ASM_PSCI_H
#define ASM_PSCI_H

/* Function numbers that PSCI 0.2 fixed; PSCI 0.1 takes them from the device tree. */
#define PSCI_CPU_ON 0xc4000003
#define PSCI_SYSTEM_OFF 0x84000008

/* Results. */
#define PSCI_SUCCESS 0
#define PSCI_NOT_SUPPORTED (-1)
#define PSCI_INVALID_PARAMETERS (-2)
#define PSCI_DENIED (-3)
#define PSCI_ALREADY_ON (-4)
#define PSCI_ON_PENDING (-5)

/*
 * Arm, "Semihosting for AArch32 and AArch64": SYS_WRITEC; SYS_WRITE0; SYS_ERRNO, which changes nothing;
 * SYS_EXIT with a reason and a status.
 */
#define SEMIHOSTING_WRITEC 0x3
#define SEMIHOSTING_WRITE0 0x4
#define SEMIHOSTING_ERRNO 0x13
#define SEMIHOSTING_EXIT 0x18

#ifndef __ASSEMBLY__
#include "base/types.h"

/*
 * In entry.S. Return x0 of the call, or -EFAULT where the CPU has no such instruction. The stub
 * that entry at EL2 leaves behind answers PSCI_NOT_SUPPORTED.
 */
s64 smccc_smc(u64 fn, u64 a1, u64 a2, u64 a3);
s64 smccc_hvc(u64 fn, u64 a1, u64 a2, u64 a3);

/* Arguments of SEMIHOSTING_EXIT. */
extern const u64 semihosting_success[2];
extern const u64 semihosting_failure[2];

/**
 * semihosting_call() - a debugger's or emulator's service; comes back with -EFAULT if there is
 * none.
 */
s64 semihosting_call(u64 op, const void *arg);

/** semihosting_present() - is there somebody? */
bool semihosting_present(void);

struct boot_info;

/** psci_cpu_on() - start the CPU @hwid at @entry with @arg in x0. Return: 0 or -errno. */
int psci_cpu_on(const struct boot_info *bi, u64 hwid, grt_phys_t entry, u64 arg);

/** psci_system_off() - end the machine by the device tree's PSCI; comes back where there is none. */
void psci_system_off(const struct boot_info *bi);
#endif

#endif
