-- Questions to the rows of `lastack collect` and `lastack-fleet`, for DuckDB:
--
--   duckdb -c ".read fleet.sql" -c "from leaks('rows', since := timestamp '2026-11-20 10:00')"
--
-- `folder` is that of --to. Times are UTC. A row that is there twice changes no number, nor does a second tap on a way.

-- One row a connection: of taps that saw the same one (addresses, ports, and both initial sequence numbers) that of the
-- tap that saw most of its packets. A tap that missed the handshake knows no sequence numbers: its row goes where another
-- tap has one of the same addresses and ports at that time. Where an address is translated between two taps they are two.
create or replace macro connections(folder) as table
  with flows as materialized (
    select distinct *, client_isn is not null and server_isn is not null as is_named
    from read_parquet(folder || '/flows/*/*.parquet')),
  chosen as (
    select * from flows where is_named
    qualify row_number() over (
      partition by client_address, client_port, server_address, server_port, client_isn, server_isn
      order by client_packets + server_packets desc, source, id) = 1),
  unnamed as (
    select * from flows a where not is_named and not exists (
      from flows b where b.source <> a.source and b.start <= a."end" and a.start <= b."end"
        and b.client_address = a.client_address and b.client_port = a.client_port
        and b.server_address = a.server_address and b.server_port = a.server_port
        and (b.is_named or b.client_packets + b.server_packets > a.client_packets + a.server_packets
          or (b.client_packets + b.server_packets = a.client_packets + a.server_packets and b.source < a.source))))
  select * exclude (is_named) from chosen union all select * exclude (is_named) from unnamed;

-- Findings of these connections: each once, whatever the number of taps. Severity and cause as `lastack explain` has them.
create or replace macro fleet_findings(folder) as table
  select distinct f.* from read_parquet(folder || '/findings/*/*.parquet') f
  semi join connections(folder) c on f.source = c.source and f.id = c.id;

-- Which service leaks since a moment: sockets that went into CLOSE-WAIT since, and were never closed.
create or replace macro leaks(folder, since := timestamp '1970-01-01') as table
  select service_address, service_port, count(*) as leaks, min(start) as first, max(start) as last,
         list(distinct source order by source) as sources
  from fleet_findings(folder)
  where finding = 'half-closed' and cause = 'leak' and role = 'server' and start >= since
  group by all order by leaks desc, service_address, service_port;

-- What goes wrong where since a moment.
create or replace macro findings_by_service(folder, since := timestamp '1970-01-01') as table
  select service_address, service_port, finding, cause, any_value(severity) as severity, count(*) as findings,
         min(start) as first, max(start) as last, list(distinct source order by source) as sources
  from fleet_findings(folder)
  where start >= since
  group by service_address, service_port, finding, cause
  order by findings desc, service_address, service_port, finding, cause;

-- close-wait-buildup over all sources, by the rule of `lastack explain close-wait-buildup`: at least five sockets of a
-- service are in CLOSE-WAIT at the end, came in 5 s or more, and of ten at most one that stayed for long was closed.
create or replace macro buildup(folder) as table
  select service_address, service_port, sockets, closed_meanwhile, growth_seconds, first, last from (
    select service_address, service_port,
           count(*) filter ("end" is null) as sockets,
           count(*) filter ("end" is not null and cause = 'slow') as closed_meanwhile,
           min(start) filter ("end" is null) as first,
           max(start) filter ("end" is null) as last,
           (epoch_ns(last) - epoch_ns(first)) / 1e9 as growth_seconds
    from fleet_findings(folder)
    where finding = 'half-closed' and role = 'server' and cause is distinct from 'intentional'
    group by all)
  where sockets >= 5 and growth_seconds >= 5 and closed_meanwhile <= sockets * 0.1
  order by sockets desc, service_address, service_port;

-- Diagnoses of sources that have ended (--final): each once, whatever the number of taps, with the connections that show
-- it at all of them. `message` is that of the source that saw most of it.
create or replace macro diagnoses(folder, since := timestamp '1970-01-01') as table
  with shown as (
    select distinct e.source, e.number, e.id from read_parquet(folder || '/explanations/*/*.parquet') e
    semi join connections(folder) c on e.source = c.source and e.id = c.id
    where e.shows),
  told as (
    select distinct d.* from read_parquet(folder || '/diagnoses/*/*.parquet') d where last >= since)
  select * from (select arg_max(severity, flows) as severity, diagnosis, "by", by_address, service_address, service_port,
         greatest(max(flows), count(distinct (shown.source, shown.id)) filter (shown.id is not null)) as connections,
         min(first) as first, max(last) as last, arg_max(message, flows) as message, arg_max(advice, flows) as advice,
         list(distinct told.source order by told.source) as sources
  from told left join shown on told.source = shown.source and told.number = shown.number
  group by diagnosis, "by", by_address, service_address, service_port)
  order by list_position(['error', 'warning', 'info'], severity), connections desc, diagnosis, by_address;

-- Findings with the diagnosis that explains each, of sources that have ended: what is explained by one that only informs
-- is information, too, as reports have it.
create or replace macro explained_findings(folder) as table
  select f.* replace (coalesce(e.severity, f.severity) as severity), e.diagnosis as explained_by
  from fleet_findings(folder) f
  left join (select distinct source, id, finding, cause, severity, diagnosis
             from read_parquet(folder || '/explanations/*/*.parquet') where finding is not null) e
    on e.source = f.source and e.id = f.id and e.finding = f.finding and e.cause is not distinct from f.cause;
