#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# gcc, without the options named in VM_CC_DROP.
for arg; do
    shift
    case " $VM_CC_DROP " in
        *" $arg "*) ;;
        *) set -- "$@" "$arg" ;;
    esac
done
exec gcc "$@"
