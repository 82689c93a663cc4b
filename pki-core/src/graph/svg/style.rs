//! The colours, for light and for dark pages.

/// Names begin with `kg`, so that they fit into a page of others.
pub(super) const STYLE: &str = "
.kpki-graph{--kg-back:#f6f8fa;--kg-card:#fff;--kg-edge:#d1d9e0;--kg-text:#1f2328;--kg-muted:#59636e;--kg-error:#c21f2b;--kg-error-back:#ffebe9;--kg-warning:#8a5a00;--kg-warning-back:#fff4c2;--kg-0:#0969da;--kg-1:#8250df;--kg-2:#1a7f37;--kg-3:#bc4c00;--kg-4:#bf3989;--kg-5:#0e7490;--kg-6:#57606a;--kg-7:#7a5c00;font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace;max-width:100%;height:auto}
@media (prefers-color-scheme:dark){.kpki-graph{--kg-back:#0d1117;--kg-card:#161b22;--kg-edge:#3d444d;--kg-text:#e6edf3;--kg-muted:#9198a1;--kg-error:#ff7b72;--kg-error-back:#3a1d20;--kg-warning:#e3b341;--kg-warning-back:#352a10;--kg-0:#58a6ff;--kg-1:#bc8cff;--kg-2:#3fb950;--kg-3:#f0883e;--kg-4:#f778ba;--kg-5:#39c5cf;--kg-6:#9198a1;--kg-7:#d2a822}}
.kpki-graph text{fill:var(--kg-text);font-size:12px}
.kpki-graph .kg-h{font-size:17px;font-weight:600}
.kpki-graph .kg-t{font-size:14px;font-weight:600}
.kpki-graph .kg-s{font-size:11px}
.kpki-graph .kg-r{text-anchor:end}
.kpki-graph .kg-m{fill:var(--kg-muted)}
.kpki-graph .kg-e{fill:var(--kg-error)}
.kpki-graph .kg-w{fill:var(--kg-warning)}
.kg-back{fill:var(--kg-back)}
.kg-card{fill:var(--kg-card);stroke:var(--kg-edge)}
.kg-card-e{fill:var(--kg-card);stroke:var(--kg-error);stroke-width:2}
.kg-card-w{fill:var(--kg-card);stroke:var(--kg-warning);stroke-width:2}
.kg-row-e{fill:var(--kg-error-back)}
.kg-row-w{fill:var(--kg-warning-back)}
.kg-rule{fill:none;stroke:var(--kg-edge)}
.kg-line{fill:none;stroke:var(--kg);stroke-width:2}
.kg-fill{fill:var(--kg);stroke:var(--kg);stroke-width:2}
.kg-ring{fill:var(--kg-card);stroke:var(--kg);stroke-width:2}
.kg-gap{stroke-dasharray:2 2}
.kg-a0{--kg:var(--kg-0)}.kg-a1{--kg:var(--kg-1)}.kg-a2{--kg:var(--kg-2)}.kg-a3{--kg:var(--kg-3)}.kg-a4,.kg-a8{--kg:var(--kg-4)}.kg-a5,.kg-a9{--kg:var(--kg-5)}.kg-a6,.kg-a10{--kg:var(--kg-6)}.kg-a7,.kg-a11{--kg:var(--kg-7)}.kg-none{--kg:var(--kg-muted)}
";
