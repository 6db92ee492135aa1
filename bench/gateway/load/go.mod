module astratrade/bench/load

go 1.24
