package dev.sluice.net.farm;

/** What every proxy of the farm shares. */
record Surroundings(Targets targets, Exits exits, CertificateSwap.Contexts certificates, Recordings recordings) {}
