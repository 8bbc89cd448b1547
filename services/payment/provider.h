/*
 * The simulated payment provider. Real ones are out of scope; this one decides by
 * the payment method, so that every path of the saga can be asked for.
 */
#pragma once

/* NULL when the charge went through, else why it was refused. Static text. */
const char *provider_charge(const char *method);
