terraform import fanner_grant.fraud_reads_payments 018f6b1e-7c5a-7bd0-9d2c-0242ac120002
