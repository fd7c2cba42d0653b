estate:
  title: Estate
  version: 1
  port: 8080
  locale: de_DE.UTF-8
  hosts:
    web1.estate: 10.77.0.11
    db1.estate: 10.77.0.12
  users:
    deploy:
      uid: 2001
      fullname: Deploy
      hash: $6$estate$NotARealHashButOneNobodyCanGuess
      key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEstateDeploy deploy@estate
    ann:
      uid: 2002
      fullname: Ann Admin
      hash: $6$estate$AnotherHashThatMustNeverBeShown
      key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEstateAnn ann@estate
